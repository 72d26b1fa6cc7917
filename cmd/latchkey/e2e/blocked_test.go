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

// startWithoutWindows starts a program whose profile page cannot open windows,
// by script or by a form with a target.
func startWithoutWindows(tb testing.TB) *program {
	tb.Helper()
	p, between := behindProxy(tb)
	between(sandboxed)
	return p
}

// sandboxed makes the browser block all windows of the profile (Content
// Security Policy Level 3, section 6.3.2).
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
	t.expectComplaint("can escape its sandboxing") // a warning about the policy of the test
	if got := t.windowCount(); got != before {
		t.tb.Errorf("windows of the browser: got %d, want the same %d as before", got, before)
	}
}

// windowCount returns the number of windows and tabs of this browser context.
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

// saves presses Save.
func (t *tab) saves() {
	t.tb.Helper()
	t.press("Save")
	t.sees("Device renamed.")
}

// wantNamesSent fails the test unless the tab has sent the name that many
// times.
func (t *tab) wantNamesSent(p *program, want int) {
	t.tb.Helper()
	if got := len(t.requested("POST", p.URL+"/api/auth/sessions/device")); got != want {
		t.tb.Errorf("the name was sent %d times, want %d", got, want)
	}
}

const hasName = `document.getElementById('device')?.value === "Ada's laptop"`

// Where windows are blocked, the tab goes to the provider and comes back, and
// sends the refused form once. Reload and Back do not send it again.
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
	b.wantNamesSent(p, 3) // refused, resent by the page, and sent by hand
}

// If another person signs in, nothing is sent, and the typed text is deleted.
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
	b.wantNamesSent(p, 2) // refused, and sent by hand
}

// After a canceled sign-in, the next one restores the typed text, and does not
// send it.
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
	b.wantNamesSent(p, 2) // refused, and sent by hand
}

// Text typed before the session ended in another tab survives the sign-in too.
func TestTypedTextSurvivesSignInFromSignedOutPage(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	_, b := signedOutInAnotherTab(t, p, "Ada's laptop")
	b.signInInPlace()
	b.logIn(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("Ada has her words back", hasName)
}

// Without web storage the rest of the page works.
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

// A page that is opened in another way than by the end of that sign-in sends
// nothing, even for the same person.
func TestRefusedFormIsSentByItsOwnSignInOnly(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	b := refusedName(t, p)
	b.signInInPlace()
	other := b.openWindow()
	other.openSignedIn(p, "/", authtest.Ada)
	b.open(p.URL + "/profile")
	b.holds("Ada has her words back", hasName)
	b.saves()
	b.wantNamesSent(p, 2) // refused, and sent by hand
}

// Typed text expires.
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
	b.wantNamesSent(p, 2) // refused, and sent by hand
}

// advanceClock moves the clock of the next pages forward.
func (t *tab) advanceClock(by time.Duration) {
	t.tb.Helper()
	call(t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf(`{ const now = Date.now; Date.now = () => now() + %d }`, by.Milliseconds()),
	})
}

// A form that the new page no longer has is not sent, and a notice says so.
func TestRemovedFormIsNotSent(t *testing.T) {
	t.Parallel()
	p := startWithoutWindows(t)
	phone := authtest.NewBrowser(t)
	p.signIn(t, phone, authtest.Ada)
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
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
