// Package env reads settings from environment variables and files, in the forms in which
// shells, containers and editors write them, and collects the problems that it finds.
package env

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Env is the environment, which of its variables the program reads, and what is wrong
// with them.
type Env struct {
	values    map[string]string
	read      map[string]bool
	problems  []error
	explained map[string]bool // variables that only seem wrong, because of a reported problem
}

// Parse reads variables of the form NAME=value, as os.Environ returns them.
func Parse(environ []string) *Env {
	e := &Env{values: map[string]string{}, read: map[string]bool{}, explained: map[string]bool{}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		e.values[name] = Unquote(value)
	}
	return e
}

// Get returns a variable's value, which is empty if it is not set.
func (e *Env) Get(name string) string {
	e.read[name] = true
	return e.values[name]
}

// Has reports whether a variable is set that another part of the program reads.
func (e *Env) Has(name string) bool { return e.values[name] != "" }

// Names returns the names of the variables that are set, sorted.
func (e *Env) Names() []string {
	var names []string
	for name, value := range e.values {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Secret returns a variable's value or, if the variable with the suffix _FILE is set, the
// content of the file that it names. If the file cannot be read, needed are the variables
// whose problems follow from that.
func (e *Env) Secret(name string, needed ...string) string {
	value := e.Get(name)
	if e.Get(name+"_FILE") == "" {
		return value
	}
	if value != "" {
		e.Errorf("%s_FILE: is set as well as %s. Leave out one of the two", name, name)
		return value
	}
	secret := Unquote(string(e.File(name+"_FILE", append(needed, name)...)))
	if utf8.ValidString(secret) && strings.Contains(secret, "\n") {
		e.Errorf("%s_FILE: the file has several lines, but a secret is one line. Remove the other lines", name)
		e.explained[name] = true
	}
	return secret
}

// File returns the content of the file that a variable names, or nil without one. If the
// file cannot be read, needed are the variables whose problems follow from that.
func (e *Env) File(name string, needed ...string) []byte {
	path := e.Get(name)
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if content = bytes.TrimSpace(Text(content)); err == nil && len(content) > 0 {
		return content
	}
	if err == nil {
		err = errors.New("the file is empty")
	} else {
		err = fmt.Errorf("the file cannot be read: %w", err)
	}
	e.Errorf("%s: %w", name, err)
	for _, variable := range needed {
		e.explained[variable] = true
	}
	return nil
}

// Duration returns a positive duration, or the fallback if the variable is not set.
func (e *Env) Duration(name string, fallback time.Duration) time.Duration {
	raw := e.Get(name)
	if raw == "" {
		return fallback
	}
	d, err := time.ParseDuration(raw)
	if err != nil || d <= 0 {
		e.Errorf("%s: %q is not a positive duration. Set it to a duration such as 24h or 30m", name, raw)
		return fallback
	}
	return d
}

// Bool returns whether a variable is set to true.
func (e *Env) Bool(name string) bool {
	raw := e.Get(name)
	if raw == "" {
		return false
	}
	value, err := strconv.ParseBool(raw)
	if err != nil {
		e.Errorf("%s: %q is neither true nor false", name, raw)
	}
	return value
}

// Query returns a variable's value as a query string, or nil if the variable is not set.
func (e *Env) Query(name string) url.Values {
	raw := e.Get(name)
	if raw == "" {
		return nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		e.Errorf("%s: is not a query string. Set it to one, such as audience=api&ui_locales=en", name)
	}
	return values
}
