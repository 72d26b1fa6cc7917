package assets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
)

type pin struct{ name, version, sha256 string }

// pinned are the files of the npm package htmx.org in the script, in order, with the
// SHA-256 of the release. An update of package.json must update this list too.
var pinned = []pin{
	{"htmx.min.js", "4.0.1", "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"},
}

// Verify checks the embedded htmx against the pinned hashes. A release requires nil.
func Verify() error { return verify(embedded) }

func verify(from fs.FS) error {
	for _, p := range pinned {
		content, err := fs.ReadFile(from, "htmx/"+p.name)
		if err != nil {
			return fmt.Errorf("%s is not embedded: run npm ci in assets, then build again", p.name)
		}
		if err := p.check(content); err != nil {
			return err
		}
	}
	return nil
}

func (p pin) check(content []byte) error {
	sum := sha256.Sum256(content)
	if got := hex.EncodeToString(sum[:]); got != p.sha256 {
		return fmt.Errorf("%s is not the released file of htmx.org %s: its SHA-256 is %s, want %s", p.name, p.version, got, p.sha256)
	}
	return nil
}

// HTMXVersion is the release of htmx that our script is written for.
func HTMXVersion() string { return pinned[0].version }

// script joins htmx, our own script and its texts. Ours is a function, so that an app's own
// scripts may use the same names. The semicolon prevents it from continuing the last
// statement of htmx.
func script(htmx [][]byte, words map[string]string) []byte {
	texts, _ := json.Marshal(words) // which a script may contain: it escapes U+2028
	own := slices.Concat([]byte(";(words => {'use strict';"), read("served/app.js"), []byte("})("), texts, []byte(")\n"))
	return bytes.Join(append(htmx, own), []byte("\n"))
}

// htmx returns the app's own copy of htmx, or else the embedded one; nil if there is
// neither.
func (o Options) htmx() ([][]byte, error) {
	if o.HTMX == nil {
		return htmx(embedded), nil
	}
	return [][]byte{o.HTMX}, pinned[0].check(o.HTMX)
}

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
