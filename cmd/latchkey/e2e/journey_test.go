package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

var (
	signedIn  = "You are now signed in!"
	signedOut = "You're signed out of " + appName + " and Asgardeo."
)

// Under the same policy, the person sees the same with htmx and without
// JavaScript.
func TestSignInAndSignOutInBrowser(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		scripts bool
		kind    network.ResourceType // of the request that sends the form
	}{
		"htmx":  {true, network.ResourceTypeFetch},
		"plain": {false, network.ResourceTypeDocument},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := started(t)
			b := openBrowser(t)
			if !test.scripts {
				b.withoutScripts()
			}
			b.open(p.URL)
			b.signInAs(authtest.Ada)
			b.isAt(p.URL + "/")
			if got := b.requested("POST", p.URL+"/api/auth/signin/asgardeo"); len(got) != 1 || got[0].kind != test.kind {
				t.Errorf("the form of Sign in: got it sent as %v, want it sent once as %s", got, test.kind)
			}

			b.press("Your profile")
			b.sees("ada@example.com")
			b.isAt(p.URL + "/profile")

			b.press("Sign Out")
			b.sees(signedOut)
			b.isAt(p.URL + "/")
			b.open(p.URL)
			b.holds("the notice is shown once", `!document.body.innerText.includes("signed out")`)

			b.press("Sign in")
			b.logIn(authtest.Grace) // the provider asks for credentials
			b.sees("Grace Hopper")
		})
	}
}

// The browser blocks what the policy forbids, and reports it on the console.
// So every other test fails if a page violates the policy.
func TestPolicyStopsWhatIsInline(t *testing.T) {
	t.Parallel()
	p := started(t)
	tests := map[string]struct{ violate, directive, unharmed string }{
		"script": {`document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.harmed = true'})), true`, "script-src", `!window.harmed`},
		"style":  {`document.body.append(Object.assign(document.createElement('style'), {textContent: 'h1 { position: fixed }'})), true`, "style-src", `getComputedStyle(document.querySelector('h1')).position === 'static'`},
		"picture": {`new Promise(done => { const i = new Image(); i.onerror = () => done(true); i.src = 'http://192.0.2.1/x.png'; document.body.append(i) })`,
			"img-src", `document.querySelector('img[src$="x.png"]').naturalWidth === 0`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := openBrowser(t)
			b.open(p.URL)
			if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](test.violate, chromedp.EvalAwaitPromise)); err != nil {
				t.Fatal(err)
			}
			b.expectComplaint(test.directive)
			b.holds("it was blocked", test.unharmed)
		})
	}
}

func TestBrowserStaysSignedInAfterRestart(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.expected = append(b.expected, "net::ERR_CONNECTION_REFUSED") // the event stream reconnects, perhaps too early
	p.restart(t)
	b.press("Your profile")
	b.sees("ada@example.com")
	p.restart(t)
	b.press("Sign Out")
	b.sees(signedOut)
}

// A sign-in in progress survives a restart.
func TestSignInContinuesAfterRestart(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.press("Sign in")
	b.sees("Test provider")
	p.restart(t)
	b.logIn(authtest.Ada)
	b.sees(signedIn)
}

func TestSignInReturnsToProtectedPage(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL + "/profile?of=me&also=1")
	b.expectComplaint("status of 401")
	b.sees("Sign in to continue")
	b.press("Sign in")
	b.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.isAt(p.URL + "/profile?of=me&also=1")
}

func TestCancelAtProviderReturnsToPage(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL + "/profile?of=me")
	b.expectComplaint("status of 401")
	b.press("Sign in")
	b.sees("Test provider")
	b.press("Cancel")
	b.expectComplaint("status of 401")
	b.sees("Sign-in canceled.")
	b.isAt(p.URL + "/profile?of=me")
	b.press("Sign in")
	b.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.isAt(p.URL + "/profile?of=me")
}

// On a shared computer, Back after Sign Out shows nothing of the person, on
// any page.
func TestBackAfterSignOutShowsNoPerson(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.press("Your profile")
	b.sees("ada@example.com")
	b.press("Sign Out")
	b.sees(signedOut)
	for _, url := range []string{p.URL + "/profile", p.URL + "/"} {
		b.back(url)
		b.isAt(url)
		b.sees("Sign in")
		b.holds("nothing of the person is there", `document.readyState === 'complete' && !document.documentElement.innerHTML.includes('Ada')`)
	}
	b.expectComplaint("status of 401")
}

// back goes back to the nearest page with a URL.
func (t *tab) back(url string) {
	t.tb.Helper()
	history, err := chromedp.Run(t.ctx, chromedp.NavigationEntries())
	if err != nil {
		t.tb.Fatal(err)
	}
	for i := history.CurrentIndex - 1; i >= 0; i-- {
		if history.Entries[i].URL != url {
			continue
		}
		to := page.NavigateToHistoryEntryParams{EntryID: history.Entries[i].ID}
		if _, err := chromedp.Call(t.ctx, page.NavigateToHistoryEntry, to); err != nil {
			t.tb.Fatal(err)
		}
		return
	}
	t.tb.Fatalf("the browser's history has no %s before the page that is open", url)
}
