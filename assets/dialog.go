package assets

import (
	"bytes"
	"regexp"
	"slices"
	"sync"
)

// ownDialogStyle is our style sheet for an app's own pages. The element has the color
// scheme of the page.
var ownDialogStyle = sync.OnceValue(func() []byte {
	return scoped(bytes.Replace(read("served/dialog.css"), []byte("color-scheme:light dark;"), nil, 1))
})

// keyframes cannot be inside of another rule.
var keyframes = regexp.MustCompile(`@keyframes [\w-]+\s*\{([^{}]*\{[^{}]*\})*[^{}]*\}\s*`)

// scoped limits a style sheet to the element #latchkey, so that it does not change the
// rest of an app's page, and an app's own rules for buttons or headings lose to it. The
// element is the root of the rules.
func scoped(css []byte) []byte {
	if len(css) == 0 {
		return nil
	}
	nested := bytes.ReplaceAll(keyframes.ReplaceAll(css, nil), []byte(":root"), []byte("&"))
	return slices.Concat([]byte("#latchkey{"), nested, []byte("}\n"), bytes.Join(keyframes.FindAll(css, -1), nil))
}
