package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// firefoxTab is a tab of Firefox.
type firefoxTab struct {
	*console
	container string // its user context: what shares its cookies
	context   string // its ID
}

// call sends a command that must succeed.
func (f *firefoxTab) call(method string, params object, result any) {
	f.tb.Helper()
	if err := firefox.bidi.call(method, params, result); err != nil {
		f.tb.Fatal(err)
	}
}

func (f *firefoxTab) newTab() *user    { return f.create("tab") }
func (f *firefoxTab) newWindow() *user { return f.create("window") }

func (f *firefoxTab) create(kind string) *user {
	f.tb.Helper()
	var created struct{ Context string }
	f.call("browsingContext.create", object{"type": kind, "userContext": f.container}, &created)
	return f.at(created.Context)
}

func (f *firefoxTab) at(context string) *user {
	return &user{&firefoxTab{f.console, f.container, context}, f.console}
}

func (f *firefoxTab) opened(do func()) (opened *user) {
	f.tb.Helper()
	before := f.all()
	do()
	eventually(f.tb, "a window opens", func() bool {
		for _, context := range f.all() {
			if !slices.Contains(before, context) {
				opened = f.at(context)
			}
		}
		return opened != nil
	})
	return opened
}

// all returns the IDs of all tabs with these cookies.
func (f *firefoxTab) all() (all []string) {
	f.tb.Helper()
	var tree struct {
		Contexts []struct{ Context, UserContext string }
	}
	f.call("browsingContext.getTree", object{"maxDepth": 0}, &tree)
	for _, c := range tree.Contexts {
		if c.UserContext == f.container {
			all = append(all, c.Context)
		}
	}
	return all
}

func (f *firefoxTab) open(url string) {
	f.tb.Helper()
	f.call("browsingContext.navigate", object{"context": f.context, "url": url, "wait": "complete"}, nil)
}

func (f *firefoxTab) goBack() {
	f.tb.Helper()
	f.call("browsingContext.traverseHistory", object{"context": f.context, "delta": -1}, nil)
}

func (f *firefoxTab) show() {
	f.tb.Helper()
	f.call("browsingContext.activate", object{"context": f.context}, nil)
}

func (f *firefoxTab) click(xpath string) {
	f.tb.Helper()
	f.perform(clickActions(waitFor(f.tb, f, xpath)))
}

func (f *firefoxTab) key(keys string) {
	f.tb.Helper()
	f.perform(keyActions(keys))
}

func (f *firefoxTab) perform(actions object) {
	f.tb.Helper()
	f.call("input.performActions", object{"context": f.context, "actions": []object{actions}}, nil)
}

func (f *firefoxTab) eval(expression string) ([]byte, error) {
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails struct{ Text string }
	}
	err := firefox.bidi.call("script.evaluate", object{
		"expression": "JSON.stringify((" + expression + "))", "awaitPromise": false, "target": object{"context": f.context},
	}, &got)
	if err != nil {
		return nil, err
	}
	if got.ExceptionDetails.Text != "" {
		return nil, errors.New(got.ExceptionDetails.Text)
	}
	var text string
	err = json.Unmarshal(got.Result.Value, &text)
	return []byte(text), err
}

func (f *firefoxTab) partition() object {
	return object{"type": "storageKey", "userContext": f.container}
}

func (f *firefoxTab) setCookie(site, name, value string) {
	f.tb.Helper()
	u, err := url.Parse(site)
	if err != nil {
		f.tb.Fatal(err)
	}
	cookie := object{"name": name, "value": object{"type": "string", "value": value}, "domain": u.Hostname(), "path": "/", "httpOnly": true, "sameSite": "lax"}
	f.call("storage.setCookie", object{"cookie": cookie, "partition": f.partition()}, nil)
}

func (f *firefoxTab) clearCookies() {
	f.tb.Helper()
	f.call("storage.deleteCookies", object{"partition": f.partition()}, nil)
}

// withoutScripts sets what people set in about:config.
func (f *firefoxTab) withoutScripts() {
	f.tb.Helper()
	f.setPreference("javascript.enabled", false)
	f.tb.Cleanup(func() { f.setPreference("javascript.enabled", true) })
}

func (f *firefoxTab) setPreference(name string, to bool) {
	f.tb.Helper()
	var browser struct{ Contexts []struct{ Context string } }
	f.call("browsingContext.getTree", object{"moz:scope": "chrome", "maxDepth": 0}, &browser)
	f.call("script.evaluate", object{
		"expression":   fmt.Sprintf("Services.prefs.setBoolPref(%q, %t)", name, to),
		"awaitPromise": false, "target": object{"context": browser.Contexts[0].Context},
	}, nil)
}
