package main

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/mod/module"
)

// The names of the project that has not been renamed.
const (
	oldModule = "latchkey"
	oldName   = "Latchkey"
)

// names are all forms of the new name.
type names struct {
	module  string // example.com/acme/my-app
	program string // my-app, the last element of the module path
	name    string // My App, as people read it
	word    string // my_app, where no hyphen is possible, as in SQL and metrics
	token   string // Myapp, in headers and in the names of alerts
}

var (
	programName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	brandName   = regexp.MustCompile(`^[\pL\pN]([\pL\pN .-]{0,38}[\pL\pN.])?$`)
)

func newNames(path, name string) (names, error) {
	if err := module.CheckPath(path); err != nil {
		return names{}, fmt.Errorf("%w. A module path is where the code is, such as example.com/acme/app or github.com/acme/app", err)
	}
	prefix, _, _ := module.SplitPathVersion(path)
	program := prefix[strings.LastIndex(prefix, "/")+1:]
	if !programName.MatchString(program) || program == "dev" || program == "rename" {
		return names{}, fmt.Errorf("%q, the last element of the module path, names the program: use lower-case letters, digits and hyphens, and neither dev nor rename", program)
	}
	if !brandName.MatchString(name) {
		return names{}, fmt.Errorf("%q is not a name that can stand in HTML, Go, YAML and JSON unchanged: use up to 40 letters, digits, spaces, hyphens and dots. cmd/%s/brand.go takes any other name afterwards", name, program)
	}
	token := strings.ReplaceAll(program, "-", "")
	return names{
		module: path, program: program, name: name,
		word:  strings.ReplaceAll(program, "-", "_"),
		token: strings.ToUpper(token[:1]) + token[1:],
	}, nil
}

var oldNames = regexp.MustCompile(`latchkey|Latchkey|LATCHKEY`)

// replace returns a text with the new names.
func (n names) replace(text string) string {
	var b strings.Builder
	rest := 0
	for _, at := range oldNames.FindAllStringIndex(text, -1) {
		b.WriteString(text[rest:at[0]])
		b.WriteString(n.instead(text[:at[0]], text[at[0]:at[1]], text[at[1]:]))
		rest = at[1]
	}
	return b.String() + text[rest:]
}

var (
	// A path that starts with the module: no other path element precedes it.
	beforePath = regexp.MustCompile(`(^|[^\w./-])$`)
	// Where a module stands without a package: in go.mod and in the commands that edit it.
	beforeModule = regexp.MustCompile(`(\b(module|require|replace) |-(require|replace)=)$`)
	// The name as part of a longer one, such as Latchkey-Page and LatchkeyDown.
	inToken = regexp.MustCompile(`^-?[A-Z]`)
)

// instead returns what replaces an old name between two texts.
func (n names) instead(before, old, after string) string {
	before = before[max(0, len(before)-20):]
	switch {
	case old == "LATCHKEY":
		return strings.ToUpper(n.word)
	case old == oldName && inToken.MatchString(after):
		return n.token
	case old == oldName:
		return n.name
	case beforeModule.MatchString(before), strings.HasPrefix(after, "/") && beforePath.MatchString(before):
		return n.module
	case strings.HasPrefix(after, "_"):
		return n.word
	}
	return n.program
}
