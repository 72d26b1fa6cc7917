package assets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
)

// pinned are the files of the npm package htmx.org in the script, in order, with the
// SHA-256 of the release. An update of package.json must update this list too.
var pinned = []struct{ name, sha256 string }{
	{"htmx.min.js", "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"},
}

// HTMX reports whether the script contains htmx. Without it (npm has not been run)
// the pages work as plain forms.
func HTMX() bool { return htmx(embedded) != nil }

// Verify checks the embedded htmx against the pinned hashes. A release requires nil.
func Verify() error { return verify(embedded) }

func verify(from fs.FS) error {
	for _, p := range pinned {
		content, err := fs.ReadFile(from, "htmx/"+p.name)
		if err != nil {
			return fmt.Errorf("%s is not embedded: run npm ci in assets, then build again", p.name)
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:]); got != p.sha256 {
			return fmt.Errorf("%s is not the released file: its SHA-256 is %s, want %s", p.name, got, p.sha256)
		}
	}
	return nil
}

// script joins htmx and our own files into one. The semicolon between two files
// prevents the second from continuing the last statement of the first.
func script(from fs.FS) []byte {
	return bytes.Join(append(htmx(from), ownScript("page.js"), ownScript("drafts.js"), ownScript("app.js")), []byte("\n;\n"))
}

// comment matches comment lines and indentation, which are stripped from what is
// served.
var comment = regexp.MustCompile(`(?m)^[ \t]*(//.*)?\n?`)

func ownScript(name string) []byte { return comment.ReplaceAll(read(name), nil) }

// htmx returns all pinned files, or nil if one is missing.
func htmx(from fs.FS) (parts [][]byte) {
	for _, p := range pinned {
		content, err := fs.ReadFile(from, "htmx/"+p.name)
		if err != nil {
			return nil
		}
		parts = append(parts, content)
	}
	return parts
}
