package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

// startWithoutWindows starts a program whose profile the browser lets open no window,
// neither by script nor by a form with a target.
func startWithoutWindows(tb testing.TB) *program {
	tb.Helper()
	p, between := behindProxy(tb)
	between(sandboxed)
	return p
}

// sandboxed has the browser deny the profile all windows (Content Security
// Policy Level 3, section 6.3.2).
func sandboxed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/profile" {
			w.Header().Set("Content-Security-Policy", "sandbox allow-forms allow-same-origin allow-scripts")
		}
		next.ServeHTTP(w, r)
	})
}

// signInInPlace presses Sign in where the small window is blocked, so that the
// tab itself goes to the provider.
func (t *tab) signInInPlace() {
	t.tb.Helper()
	before := t.windowCount()
	t.press("Sign in")
	t.sees("Test provider")
	t.expectComplaint("allow-popups")
	t.expectComplaint("can escape its sandboxing") // which is not what it is here for
	if got := t.windowCount(); got != before {
		t.tb.Errorf("windows of the browser: got %d, want the same %d as before", got, before)
	}
}

// windowCount is how many windows and tabs this person has open.
func (t *tab) windowCount() (count int) {
	t.tb.Helper()
	all, err := chromedp.Targets(t.ctx)
	if err != nil {
		t.tb.Fatal(err)
	}
	for _, i := range all {
		if i.Type == "page" && i.BrowserContextID == chromedp.FromContext(t.ctx).BrowserContextID {
			count++
		}
	}
	return count
}

// saves has the person save the name by themselves.
func (t *tab) saves() {
	t.tb.Helper()
	t.press("Save")
	t.sees("Device renamed.")
}

// wantNamesSent fails the test where the tab has not sent the name as often.
func (t *tab) wantNamesSent(p *program, want int) {
	t.tb.Helper()
	if got := len(t.requested("POST", p.URL+"/profile/device")); got != want {
		t.tb.Errorf("the name was sent %d times, want %d", got, want)
	}
}

const hasName = `document.getElementById('device')?.value === "Ada's laptop"`

// Where windows are blocked the page leaves, the person comes back to it, and
// what was refused is sent again: once, whatever is pressed afterwards.
func TestRefusedFormIsSentWhereWindowsAreBlocked(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	b := refusedName(t, p)
	b.signInInPlace()
	b.logIn(authtest.Ada)
	b.sees("Device renamed.")
	b.isAt(p.URL + "/profile")
	b.holds("the form has the name", hasName)

	b.do("loading the page again", chromedp.Reload())
	b.sees("About you")
	b.open(p.URL)
	b.back(p.URL + "/profile")
	b.isAt(p.URL + "/profile")
	b.sees("About you")
	b.saves()
	b.wantNamesSent(p, 3) // refused, sent again by the page, and now by hand
}

// Somebody else who signs in is told so: nothing is sent, and nothing is left of
// what was typed.
func TestRefusedFormIsNotSentForAnotherPersonWhereWindowsAreBlocked(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	b := refusedName(t, p)
	b.signInInPlace()
	b.logIn(authtest.Grace)
	b.sees("Someone else signed in, so nothing was sent.")
	b.sees("grace@example.com")
	b.holds("Grace sees none of it", `document.getElementById('device').value === "" && sessionStorage.length === 0`)
	b.saves()
	b.wantNamesSent(p, 2) // refused, and now by hand
}

// Whoever cancels has their words back when they do sign in, and sends them by
// themselves.
func TestTypedTextSurvivesCanceledSignIn(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	b := refusedName(t, p)
	b.signInInPlace()
	b.press("Cancel")
	b.sees("Sign-in canceled.")
	b.isAt(p.URL + "/profile")
	b.do("loading the page again", chromedp.Reload())
	b.sees("Sign in to continue")
	b.press("Sign in")
	b.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("Ada has her words back", hasName)
	b.saves()
	b.wantNamesSent(p, 2) // refused, and now by hand
}

// What was typed before the session ended elsewhere goes along too.
func TestTypedTextSurvivesSignInFromSignedOutPage(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	_, b := signedOutInAnotherTab(t, p, "Ada's laptop")
	b.signInInPlace()
	b.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("Ada has her words back", hasName)
}

// Where the browser keeps nothing for any site, the rest of the page works.
func TestPageWithoutStorage(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError') } })`,
	})
	b.open(p.URL)
	b.signInAs(authtest.Ada)
}

// A page that opens in another way than by the end of that sign-in sends nothing,
// even to the same person.
func TestRefusedFormIsSentByItsOwnSignInOnly(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	b := refusedName(t, p)
	b.signInInPlace()
	other := b.openWindow()
	other.open(p.URL)
	other.signInAs(authtest.Ada)
	b.open(p.URL + "/profile")
	b.holds("Ada has her words back", hasName)
	b.saves()
	b.wantNamesSent(p, 2) // refused, and now by hand
}

// Words that have waited for long are not put back.
func TestTypedTextExpires(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	b := refusedName(t, p)
	b.signInInPlace()
	b.advanceClock(20 * time.Minute)
	b.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("the words are gone", `document.getElementById('device').value === "" && sessionStorage.length === 0`)
	b.saves()
	b.wantNamesSent(p, 2) // refused, and now by hand
}

// advanceClock puts the clock of the pages to come forward.
func (t *tab) advanceClock(by time.Duration) {
	t.tb.Helper()
	call(t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf(`{ const now = Date.now; Date.now = () => now() + %d }`, by.Milliseconds()),
	})
}

// What has no place on the page any more is not sent, and the person is told.
func TestRemovedFormIsNotSent(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	phone := authtest.NewBrowser(t)
	p.signIn(t, phone, authtest.Ada)
	b := openBrowser(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.open(p.URL + "/profile")
	b.fillIn("device", "Ada's laptop")
	b.clearCookies()
	b.press("Sign out")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	phone.Post(p.URL+"/api/auth/signout", nil)
	b.signInInPlace()
	b.logIn(authtest.Ada)
	b.sees("You're signed in again. Nothing was sent")
	b.holds("what was typed elsewhere on the page is there", hasName)
}
