package assets

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
)

// HTMXVersion is the release of htmx that our script is written for: the file htmx.min.js of
// the npm package htmx.org. An update of package.json must update both constants.
const (
	HTMXVersion = "4.0.1"
	htmxSHA256  = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
)

// verify checks htmx against the hash of the release.
func verify(htmx []byte) error {
	sum := sha256.Sum256(htmx)
	if got := hex.EncodeToString(sum[:]); got != htmxSHA256 {
		return fmt.Errorf("htmx.min.js is not the released file of htmx.org %s: its SHA-256 is %s, want %s", HTMXVersion, got, htmxSHA256)
	}
	return nil
}

// script joins htmx, our own script and its texts. Ours is a function, so that an app's own
// scripts may use the same names. The semicolon prevents it from continuing the last
// statement of htmx.
func script(htmx []byte, words map[string]string) []byte {
	texts, _ := json.Marshal(words) // which a script may contain: it escapes U+2028
	return slices.Concat(htmx, []byte("\n;(words => {'use strict';"), read("served/app.js"), []byte("})("), texts, []byte(")\n"))
}

// htmx returns the app's own copy of htmx, or else the embedded one; nil if there is
// neither.
func (o Options) htmx() ([]byte, error) {
	if o.HTMX == nil {
		return htmx(embedded), nil
	}
	return o.HTMX, verify(o.HTMX)
}

// htmx returns the file, or nil if it is missing.
func htmx(from fs.FS) []byte {
	content, _ := fs.ReadFile(from, "htmx/htmx.min.js")
	return content
}
