package assets

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
)

var cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)

const cssSpace = " \t\r\n\f"

// minify removes comments, and spaces where our own style sheet needs none. (A regular
// expression for the spaces would take a third of the app's start.)
func minify(css []byte) []byte {
	var out []byte
	for _, c := range cssComment.ReplaceAll(css, nil) {
		if strings.IndexByte("{};,>", c) >= 0 {
			out = bytes.TrimRight(out, cssSpace)
		}
		needed := len(out) == 0 || strings.IndexByte("{};,>:", out[len(out)-1]) < 0
		if needed || strings.IndexByte(cssSpace, c) < 0 {
			out = append(out, c)
		}
	}
	return out
}

// ownStyle is our style sheet for our own pages, as it is served.
var ownStyle = sync.OnceValue(func() []byte { return minify(slices.Concat(read("dialog.css"), read("app.css"))) })

// ownDialogStyle is our style sheet for an app's own pages, as it is served.
var ownDialogStyle = sync.OnceValue(func() []byte { return minify(scoped(read("dialog.css"))) })
