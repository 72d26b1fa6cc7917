package assets

import (
	"regexp"
	"strings"
)

// keyframes cannot be inside of another rule.
var keyframes = regexp.MustCompile(`(?m)^@keyframes .*\n`)

// scoped limits a style sheet to the element #latchkey, so that it does not change the
// rest of an app's page, and an app's own rules for buttons or headings lose to it.
// Colors are those of the page's color scheme.
func scoped(css string) string {
	nested := keyframes.ReplaceAllString(css, "")
	nested = strings.NewReplacer("  color-scheme: light dark;\n", "", ":root", "&").Replace(nested)
	return "#latchkey {\n" + nested + "}\n" + strings.Join(keyframes.FindAllString(css, -1), "")
}
