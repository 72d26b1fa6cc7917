package assets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
)

// pinned names the files of the htmx.org package that the script is made of,
// in their order, with the SHA-256 of the released ones. Someone who updates
// package.json updates this list too, and has then looked at what changed.
var pinned = []struct{ name, sha256 string }{
	{"htmx.min.js", "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"},
}

// HTMX reports whether htmx is part of the script. Without it (Node was not
// there to fetch it) the pages work as plain forms.
func HTMX() bool { return htmx(embedded) != nil }

// Verify checks the embedded htmx against the pinned hashes. A release is
// built only where it returns nil.
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

// script joins htmx and our own files, so that a first visit fetches one. A
// line of its own keeps each from going on where the one before ends.
func script(from fs.FS) []byte {
	return bytes.Join(append(htmx(from), ownScript("page.js"), ownScript("drafts.js"), ownScript("app.js")), []byte("\n;\n"))
}

// comment is a line that is a comment, and the indentation of any line: for who
// reads the file, and not for who fetches it.
var comment = regexp.MustCompile(`(?m)^[ \t]*(//.*)?\n?`)

func ownScript(name string) []byte { return comment.ReplaceAll(read(name), nil) }

// htmx returns all pinned files, or nil where one is missing.
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
