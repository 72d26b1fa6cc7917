package assets

import (
	"bytes"
	"regexp"
	"slices"
)

// keyframes cannot be inside of another rule.
var keyframes = regexp.MustCompile(`(?m)^@keyframes .*\n`)

// forDialog are the differences inside of the element: it has the color scheme of the
// page, and is the root of our rules.
var forDialog = [][2]string{{"  color-scheme: light dark;\n", ""}, {":root", "&"}}

// scoped limits a style sheet to the element #latchkey, so that it does not change the
// rest of an app's page, and an app's own rules for buttons or headings lose to it.
func scoped(css []byte) []byte {
	if len(css) == 0 {
		return nil
	}
	nested := keyframes.ReplaceAll(css, nil)
	for _, change := range forDialog {
		nested = bytes.ReplaceAll(nested, []byte(change[0]), []byte(change[1]))
	}
	return slices.Concat([]byte("#latchkey {\n"), nested, []byte("}\n"), bytes.Join(keyframes.FindAll(css, -1), nil))
}
