package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a tab of Chromium, with what only its tests need beyond user.
type tab struct {
	user
	ctx context.Context

	requests []*request
}

// request is a request of a page.
type request struct {
	id          network.RequestID
	method, url string
	kind        network.ResourceType
	bytes       float64 // of the response on the wire, with headers
	finished    bool
}

// openTab opens another tab in the same window, which hides this one.
func (t *tab) openTab() *tab {
	t.tb.Helper()
	return newTab(t.tb, t.ctx, chromedp.WithNewWindow(false))
}

// show brings the tab to the front of its window.
func (t *tab) show() {
	t.tb.Helper()
	if _, err := chromedp.Call(t.ctx, page.BringToFront, cdp.Empty{}); err != nil {
		t.tb.Fatal(err)
	}
}

func newTab(tb testing.TB, parent context.Context, options ...chromedp.ContextOption) *tab {
	tb.Helper()
	t := new(tab)
	t.user = user{t, &console{tb: tb}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(t.listen))...)
	t.ctx = ctx
	tb.Cleanup(func() {
		cancel()
		t.wantNoComplaint()
	})
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("a new tab: %v", err)
	}
	return t
}

// listen records the events of the browser. It must not block.
func (t *tab) listen(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		complaint := e.ExceptionDetails.Text + " " + e.ExceptionDetails.URL
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			complaint += " " + thrown.Description
		}
		t.complaints = append(t.complaints, complaint)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			t.complaints = append(t.complaints, fmt.Sprintf("%s: %s", e.Type, e.Args[0].Value))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			t.complaints = append(t.complaints, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		t.requests = append(t.requests, &request{id: e.RequestID, method: e.Request.Method, url: e.Request.URL, kind: e.Type})
	case *network.EventLoadingFinished:
		for _, r := range t.requests {
			if r.id == e.RequestID {
				r.bytes, r.finished = e.EncodedDataLength, true
			}
		}
	}
}

// requested returns the requests to a URL so far.
func (t *tab) requested(method, url string) (found []request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.requests {
		if r.method == method && r.url == url {
			found = append(found, *r)
		}
	}
	return found
}

// do runs actions, and fails the test if they fail or time out.
func (t *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, maxWait)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.tb.Fatalf("%s: %v; the page:\n%s", what, err, t.describe())
	}
}

// evaluate evaluates an expression in the page.
func evaluate[T any](t *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, maxWait/2) // less than holds waits
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// open types a URL into the address bar.
func (t *tab) open(url string) {
	t.tb.Helper()
	t.do("opening "+url, chromedp.Navigate(url))
}

// click clicks an element with the mouse when it is visible.
func (t *tab) click(xpath string) {
	t.tb.Helper()
	t.do("clicking "+xpath, chromedp.Click(chromedp.Search(xpath), chromedp.NodeVisible))
}

// key presses keys.
func (t *tab) key(keys string) {
	t.tb.Helper()
	t.do(fmt.Sprintf("pressing %q", keys), chromedp.KeyEvent(keys))
}

func (t *tab) eval(expression string) ([]byte, error) {
	result, err := evaluate[string](t, "JSON.stringify(("+expression+"))")
	return []byte(result), err
}

func (t *tab) setCookie(site, name, value string) {
	t.tb.Helper()
	if _, err := chromedp.Call(t.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: site, Path: "/", HTTPOnly: new(true), SameSite: network.CookieSameSiteLax}); err != nil {
		t.tb.Fatal(err)
	}
}

func (t *tab) newTab() *user          { return &t.openTab().user }
func (t *tab) newWindow() *user       { return &t.openWindow().user }
func (t *tab) opened(do func()) *user { return &t.opens(do).user }
