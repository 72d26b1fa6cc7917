package e2e

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

const dialogOpen = `document.querySelector('dialog').open`

// idleTimeout is the default SESSION_IDLE.
const idleTimeout = 24 * time.Hour

// expiresIn is a fault that makes the page believe that its session expires in
// that time: the script compares the expiry with the response's Date. It ends when the
// person stays signed in, or signs in again.
func expiresIn(left time.Duration) authtest.Fault {
	var extended atomic.Bool
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asks := r.URL.Path == "/api/auth/session"
			if asks && r.Method == http.MethodPost || strings.HasPrefix(r.URL.Path, "/api/auth/callback/") {
				extended.Store(true)
			}
			if asks && !extended.Load() {
				w = headerEditor{w, func(h http.Header) {
					h.Set("Date", time.Now().Add(idleTimeout-left).UTC().Format(http.TimeFormat))
				}}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// nearExpiry makes all tabs of the browser warn that their session expires in
// that time, which is less than five minutes.
func (u *user) nearExpiry(between func(authtest.Fault), left time.Duration) {
	u.tb.Helper()
	between(expiresIn(left))
	if _, err := u.eval(`new BroadcastChannel('latchkey').postMessage(''), true`); err != nil { // as a new tab does
		u.tb.Fatal(err)
	}
	u.holds("a dialog warns", dialogOpen)
}

// One click on Stay signed in closes the warning in all tabs, and nothing else
// changes.
func TestStaySignedInClosesTheWarningInAllTabs(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	other := halfTyped(openBrowser(t), p)
	b := other.openWindow()
	b.open(p.URL)
	b.sees(signedIn)
	b.nearExpiry(between, 4*time.Minute)
	b.sees("Are you still there?")
	other.sees("Are you still there?")
	b.press("Stay signed in")
	b.holds("the warning is closed", "!"+dialogOpen)
	other.holds("the warning in the other tab is closed, and nothing else changed", "!"+dialogOpen+"&&"+unchanged)
}

// Without activity all tabs warn, and then show that the session has ended.
func TestWarningBeforeIdleExpiry(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["SESSION_IDLE"] = "40s" // the warning comes after 30 s
	p.start(t)
	other := halfTyped(openBrowser(t), p)
	b := other.openWindow()
	b.open(p.URL)
	b.sees("Are you still there?")
	other.sees("Are you still there?")
	other.sees("Sign in to continue")
	other.expectComplaint("401")
	other.holds("the warning is closed", "!"+dialogOpen)
	b.sees("Sign in to " + appName)
}

// Before the absolute end of the session, signing in again in a small window
// lets the person continue.
func TestWarningBeforeAbsoluteExpiry(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["SESSION_MAX_AGE"], p.Env["SESSION_IDLE"] = idleTimeout.String(), (2 * idleTimeout).String()
	between := p.proxied(t)
	p.start(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.signInAs(authtest.Ada) // so that the provider remembers her
	halfTyped(b, p)
	b.nearExpiry(between, 4*time.Minute)
	b.sees("You'll be signed out soon")
	b.press("Sign in")
	b.holds("the page continues as it was", "!"+dialogOpen+"&&"+unchanged)
}
