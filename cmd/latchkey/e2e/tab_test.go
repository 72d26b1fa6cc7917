package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// tab is one tab of a browser. It acts with real mouse and key events; scripts
// only read the page.
type tab struct {
	tb  testing.TB
	ctx context.Context

	expected []string // complaints that do not fail the test

	mu         sync.Mutex
	complaints []string // errors and warnings of the console, policy violations included
	requests   []*request
}

// request is a request of a page.
type request struct {
	id          network.RequestID
	method, url string
	kind        network.ResourceType
	bytes       float64 // of the response on the wire, with headers
	finished    bool
}

// openBrowser opens a browser context with cookies of its own, at about:blank.
func openBrowser(tb testing.TB) *tab {
	tb.Helper()
	parent := startChromium(tb)
	windows <- struct{}{}
	tb.Cleanup(func() { <-windows })
	return newTab(tb, parent, chromedp.WithNewBrowserContext())
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
	t := &tab{tb: tb}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(t.listen))...)
	t.ctx = ctx
	tb.Cleanup(func() {
		cancel()
		for _, complaint := range t.unexpected() {
			tb.Errorf("on the console: %s", complaint)
		}
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
		t.complaints = append(t.complaints, e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
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

// expectComplaint waits for a console message that must appear, as for a page
// with status 401. Messages with this text do not fail the test.
func (t *tab) expectComplaint(text string) {
	t.tb.Helper()
	t.expected = append(t.expected, text)
	eventually(t.tb, "the console shows "+text, func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return slices.ContainsFunc(t.complaints, func(c string) bool { return strings.Contains(c, text) })
	})
}

// unexpected returns the console messages that the test does not expect.
func (t *tab) unexpected() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(t.complaints), func(c string) bool {
		return slices.ContainsFunc(t.expected, func(text string) bool { return strings.Contains(c, text) })
	})
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

func (t *tab) describe() string {
	text, err := evaluate[string](t, `location.href + "\n" + document.title + "\n" + document.body.innerText`)
	if err != nil {
		return err.Error()
	}
	return text
}

// holds waits until an expression is true in the current page.
func (t *tab) holds(what, expression string) {
	t.tb.Helper()
	var holds bool
	defer func() {
		if !holds {
			t.tb.Logf("the page:\n%s", t.describe())
		}
	}()
	eventually(t.tb, what, func() bool {
		got, err := evaluate[bool](t, expression)
		holds = err == nil && got
		return holds
	})
}

// sees waits until the page shows a text.
func (t *tab) sees(text string) {
	t.tb.Helper()
	t.holds("the page shows "+text, fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// isAt waits until the address bar shows a URL.
func (t *tab) isAt(url string) {
	t.tb.Helper()
	t.holds("the address is "+url, fmt.Sprintf("location.href === %q", url))
}

// open types a URL into the address bar.
func (t *tab) open(url string) {
	t.tb.Helper()
	t.do("opening "+url, chromedp.Navigate(url))
}

// press clicks a button or a link with the mouse, after any transition:
// elements in transition receive no clicks.
func (t *tab) press(name string) {
	t.tb.Helper()
	t.holds("nothing moves", `!document.activeViewTransition`)
	t.do("clicking "+name, chromedp.Click(control(name), chromedp.NodeVisible))
}

// control selects a button, a link or a disclosure by its text.
func control(name string) chromedp.Search {
	return chromedp.Search(fmt.Sprintf(`//*[self::button or self::a or self::summary][normalize-space()=%q]`, name))
}

// fillIn clicks into a field and types.
func (t *tab) fillIn(id, text string) {
	t.tb.Helper()
	t.do("filling in "+id, chromedp.Click(chromedp.ID(id), chromedp.NodeVisible), chromedp.KeyEvent(text))
}

// logIn fills in the provider's login page.
func (t *tab) logIn(who authtest.Person) {
	t.tb.Helper()
	t.sees("Test provider")
	t.fillIn("username", who.Username)
	t.fillIn("password", who.Password)
	t.press("Sign in")
}
