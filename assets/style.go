package assets

import "regexp"

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s*([{};,>])\s*|(:)\s+`)
)

// minify removes comments, and spaces where our own style sheet needs none.
func minify(css []byte) []byte {
	return cssSpace.ReplaceAll(cssComment.ReplaceAll(css, nil), []byte("$1$2"))
}
