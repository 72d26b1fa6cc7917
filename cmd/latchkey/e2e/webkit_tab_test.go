package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// webkitSession is a MiniBrowser that WebKitWebDriver has started.
type webkitSession struct {
	url    string
	handle string // of the tab that receives the commands
}

// webkitTab is a tab of WebKitGTK's MiniBrowser.
type webkitTab struct {
	*console
	session *webkitSession
	handle  string
}

// start starts a MiniBrowser with additional arguments.
func (w *webkitTab) start(arguments ...string) {
	w.tb.Helper()
	var created struct{ SessionID string }
	arguments = append([]string{"--automation"}, arguments...)
	eventually(w.tb, "WebKitWebDriver starts a session", func() bool {
		return webdriver("POST", webkit.url+"/session", object{"capabilities": object{"alwaysMatch": object{
			"pageLoadStrategy":         "none", // otherwise commands after Back time out
			"webkitgtk:browserOptions": object{"binary": miniBrowser(), "args": arguments},
		}}}, &created) == nil
	})
	w.session.url = webkit.url + "/session/" + created.SessionID
	w.send("GET", "/window", nil, &w.session.handle)
	w.handle = w.session.handle
}

func (w *webkitTab) end() {
	w.tb.Helper()
	_, _ = w.eval(`null`) // for the last complaints
	w.send("DELETE", "", nil, nil)
}

func (w *webkitTab) current() *user { return &user{w, w.console} }

// webdriver sends a command of WebDriver, and decodes its result unless that is nil.
func webdriver(method, url string, params, result any) error {
	var body []byte
	if method == "POST" {
		if params == nil {
			params = object{}
		}
		body, _ = json.Marshal(params)
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	timeout := maxWait / 2 // less than eventually waits
	if strings.HasSuffix(url, "/execute/sync") {
		timeout = maxWait / 8 // WebKitWebDriver may lose an evaluation while the browser leaves the page
	}
	resp, err := (&http.Client{Timeout: timeout}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got struct{ Value json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, url, got.Value)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(got.Value, result)
}

// send sends a command of the session, which must succeed.
func (w *webkitTab) send(method, path string, params, result any) {
	w.tb.Helper()
	if err := webdriver(method, w.session.url+path, params, result); err != nil {
		w.tb.Fatal(err)
	}
}

// call sends a command to this tab.
func (w *webkitTab) call(method, path string, params, result any) error {
	if w.session.handle != w.handle {
		if err := webdriver("POST", w.session.url+"/window", object{"handle": w.handle}, nil); err != nil {
			return err
		}
		w.session.handle = w.handle
	}
	return webdriver(method, w.session.url+path, params, result)
}

func (w *webkitTab) do(method, path string, params any) {
	w.tb.Helper()
	if err := w.call(method, path, params, nil); err != nil {
		w.tb.Fatal(err)
	}
}

func (w *webkitTab) newTab() *user    { return w.create("tab") }
func (w *webkitTab) newWindow() *user { return w.create("window") }

func (w *webkitTab) create(kind string) *user {
	w.tb.Helper()
	var created struct{ Handle string }
	w.send("POST", "/window/new", object{"type": kind}, &created)
	return w.at(created.Handle)
}

func (w *webkitTab) at(handle string) *user {
	return (&webkitTab{w.console, w.session, handle}).current()
}

// opened returns the window that opens.
func (w *webkitTab) opened(do func()) *user {
	w.tb.Helper()
	var before, after []string
	w.send("GET", "/window/handles", nil, &before)
	do()
	eventually(w.tb, "a window opens", func() bool {
		w.send("GET", "/window/handles", nil, &after)
		after = slices.DeleteFunc(after, func(handle string) bool { return slices.Contains(before, handle) })
		return slices.ContainsFunc(after, w.hasPage)
	})
	if len(after) != 1 {
		w.tb.Errorf("windows that opened: got %d, want one", len(after))
	}
	return w.at(after[slices.IndexFunc(after, w.hasPage)])
}

func (w *webkitTab) hasPage(handle string) bool {
	var url string
	err := (&webkitTab{w.console, w.session, handle}).call("GET", "/url", nil, &url)
	return err == nil && url != "" && url != "about:blank"
}

func (w *webkitTab) open(url string) {
	w.tb.Helper()
	_, _ = w.eval(`window.leaving = true`)
	w.do("POST", "/url", object{"url": url})
	eventually(w.tb, url+" is loaded", func() bool {
		got, err := w.eval(`!window.leaving && document.readyState === 'complete'`)
		return err == nil && string(got) == "true"
	})
}

func (w *webkitTab) goBack() { w.tb.Helper(); w.do("POST", "/back", nil) }

func (w *webkitTab) show() { w.tb.Helper(); w.do("POST", "/window", object{"handle": w.handle}) }

func (w *webkitTab) click(xpath string) {
	w.tb.Helper()
	w.perform(clickActions(waitFor(w.tb, w, xpath)))
}

func (w *webkitTab) key(keys string) {
	w.tb.Helper()
	w.perform(keyActions(keys))
}

func (w *webkitTab) perform(actions object) {
	w.tb.Helper()
	w.do("POST", "/actions", object{"actions": []object{actions}})
}

// WebKitWebDriver does not report what the console shows, so every evaluation asks the
// page. What a page shows before its first one is lost.
const withComplaints = `
const complaints = window.complaints ??= (all => {
	addEventListener('error', event => all.push(event.message))
	addEventListener('unhandledrejection', event => all.push(String(event.reason)))
	for (const level of ['error', 'warn']) console[level] = (...words) => all.push(words.join(' '))
	addEventListener('securitypolicyviolation', event => all.push(event.violatedDirective + ' forbids ' + event.blockedURI))
	return all
})([])
return { result: JSON.stringify((%s)), complaints: complaints.splice(0) }`

func (w *webkitTab) eval(expression string) ([]byte, error) {
	var got struct {
		Result     string
		Complaints []string
	}
	err := w.call("POST", "/execute/sync", object{"script": fmt.Sprintf(withComplaints, expression), "args": []any{}}, &got)
	for _, complaint := range got.Complaints {
		w.complain(complaint)
	}
	return []byte(got.Result), err
}

// setCookie opens the site: WebDriver sets the cookies of the current page only.
func (w *webkitTab) setCookie(site, name, value string) {
	w.tb.Helper()
	w.open(site)
	w.do("POST", "/cookie", object{"cookie": object{"name": name, "value": value, "path": "/", "httpOnly": true, "sameSite": "Lax"}})
}

func (w *webkitTab) clearCookies() { w.tb.Helper(); w.do("DELETE", "/cookie", nil) }

// withoutScripts opens a MiniBrowser that runs no script of a page.
func (w *webkitTab) withoutScripts() {
	w.tb.Helper()
	w.end()
	w.start("--enable-javascript-markup=FALSE")
}
