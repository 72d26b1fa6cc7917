package assets

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
)

// StyleHash is the source expression that allows the style sheet inside of a page
// (Content Security Policy Level 3, section 2.3.1).
func (a *Assets) StyleHash() string {
	sum := sha256.Sum256(a.files["app.css"].plain)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s*([{};,>])\s*|(:)\s+`)
)

// minify removes comments, and spaces where our own style sheet needs none.
func minify(css []byte) []byte {
	return cssSpace.ReplaceAll(cssComment.ReplaceAll(css, nil), []byte("$1$2"))
}
