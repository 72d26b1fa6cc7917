package assets

import (
	"regexp"
	"slices"
	"sync"
)

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s*([{};,>])\s*|(:)\s+`)
)

// minify removes comments, and spaces where our own style sheet needs none.
func minify(css []byte) []byte {
	return cssSpace.ReplaceAll(cssComment.ReplaceAll(css, nil), []byte("$1$2"))
}

// ownStyle is our style sheet for our own pages, as it is served.
var ownStyle = sync.OnceValue(func() []byte { return minify(slices.Concat(read("dialog.css"), read("app.css"))) })

// ownDialogStyle is our style sheet for an app's own pages, as it is served.
var ownDialogStyle = sync.OnceValue(func() []byte { return minify(scoped(read("dialog.css"))) })
