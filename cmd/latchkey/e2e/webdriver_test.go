package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// What WebDriver (https://www.w3.org/TR/webdriver2/) and WebDriver BiDi share.

// waitFor waits until an element is visible, at rest and not covered, and returns its
// center in the viewport.
func waitFor(tb testing.TB, d driver, xpath string) (x, y int) {
	tb.Helper()
	var last, at *[2]int
	eventually(tb, "this can be clicked: "+xpath, func() bool {
		last, at = at, nil
		got, err := d.eval(fmt.Sprintf(whereIs, xpath))
		return err == nil && json.Unmarshal(got, &at) == nil && at != nil && last != nil && *at == *last
	})
	return at[0], at[1]
}

// whereIs scrolls to an element as a person does.
const whereIs = `(xpath => {
	const found = document.evaluate(xpath, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null)
	for (let i = 0; i < found.snapshotLength; i++) {
		const element = found.snapshotItem(i)
		if (!element.checkVisibility()) continue
		element.scrollIntoView({ block: 'nearest', behavior: 'instant' })
		const { left, top, width, height } = element.getBoundingClientRect()
		const at = [Math.floor(left + width / 2), Math.floor(top + height / 2)]
		if (element.contains(document.elementFromPoint(...at))) return at
	}
	return null
})(%q)`

// clickActions are the actions of a click at a point of the viewport.
func clickActions(x, y int) object {
	return object{"type": "pointer", "id": "mouse", "parameters": object{"pointerType": "mouse"}, "actions": []object{
		{"type": "pointerMove", "x": x, "y": y},
		{"type": "pointerDown", "button": 0},
		{"type": "pointerUp", "button": 0},
	}}
}

// keyCodes are the keys of package kb as WebDriver has them (section 17.4.2).
var keyCodes = map[string]string{kb.Tab: "\ue004", kb.Enter: "\ue007", kb.Escape: "\ue00c"}

// keyActions are the actions of pressing keys one after another.
func keyActions(keys string) object {
	var actions []object
	for _, key := range keys {
		value := string(key)
		if code, ok := keyCodes[value]; ok {
			value = code
		}
		actions = append(actions, object{"type": "keyDown", "value": value}, object{"type": "keyUp", "value": value})
	}
	return object{"type": "key", "id": "keyboard", "actions": actions}
}
