package e2e

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// tours visit every page and dialog. A test checks something at each stop.
var tours = map[string]func(t *tab, stop func(page string)){
	"signed out":       tourSignedOut,
	"several doors":    tourProviders,
	"signed in":        tourSignedIn,
	"ended":            tourExpired,
	"refused":          tourRefused,
	"warned":           tourWarned,
	"provider trouble": tourUnavailable,
	"the provider":     tourProvider,
}

// On every page and dialog, wide and narrow, nothing shifts, neither while it loads
// nor at a swap long after the click; axe finds no violation; and Tab reaches every
// control.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	for name, tour := range tours {
		for _, width := range []int64{wide, narrow} {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				t.Parallel()
				b := openBrowser(t)
				b.size(width)
				b.latency(600 * time.Millisecond)
				tour(b, func(page string) {
					b.atRest()
					b.wantNoShift(page)
					b.wantNoViolation(page)
					if width == narrow { // a notice covers most of the page
						b.wantTabReachesAll(page)
					}
					b.ignoreShifts()
				})
			})
		}
	}
}

func tourSignedOut(t *tab, stop func(string)) {
	p := started(t.tb)
	t.open(p.URL)
	t.sees("Sign in to " + appName)
	stop("home")
	t.open(p.URL + "/profile")
	t.expectComplaint("status of 401")
	stop("sign-in-in-place")
	t.open(p.URL + "/api/auth/initiate?" + url.Values{"iss": {p.Provider.Issuer()}, "login_hint": {"ada@example.com"}}.Encode())
	t.sees("ada@example.com")
	stop("initiate")
	t.open(p.URL + "/profile")
	t.expectComplaint("status of 401")
	t.press("Sign in")
	t.press("Cancel")
	t.sees("Sign-in canceled.")
	stop("cancelled")
	t.offline(true)
	t.press("Sign in")
	t.sees("You're offline.")
	t.expectComplaint("net::ERR_INTERNET_DISCONNECTED")
	t.expectComplaint("Failed to fetch")
	stop("offline")
	t.offline(false)
	t.openSignedIn(p, "/", authtest.Ada)
	t.press("Sign Out")
	t.sees(signedOut)
	stop("signed-out")
}

func tourProviders(t *tab, stop func(string)) {
	p := newProgram(t.tb)
	p.Env["AUTH_OTHER_ID"], p.Env["AUTH_OTHER_SECRET"], p.Env["AUTH_OTHER_ISSUER"] = "app", "secret", authtest.Start(t.tb).Issuer()
	p.Provider.EditDiscovery(func(doc map[string]any) { doc["prompt_values_supported"] = []string{"login", "create"} })
	p.start(t.tb)
	eventually(t.tb, "the provider is known to offer sign-up", func() bool {
		t.open(p.URL)
		return t.shows("Create an account")
	})
	stop("home-two-providers")
	t.press("Create an account with Asgardeo")
	t.sees("You can't create accounts at this provider.")
	stop("provider-create")
}

func tourSignedIn(t *tab, stop func(string)) {
	p := newProgram(t.tb)
	p.Provider.EditDiscovery(withoutEndSession)
	p.Env["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login"
	p.start(t.tb)
	t.openSignedIn(p, "/", authtest.Ada)
	stop("signed-in")
	p.signIn(t.tb, authtest.NewBrowser(t.tb), authtest.Ada) // on another device
	t.press("Your profile")
	t.sees("ada@example.com")
	stop("profile")
	t.fillIn("device", "Ada's laptop")
	t.press("Save")
	t.sees("Device renamed.")
	stop("profile-notice")
	t.press("Technical details")
	t.do("opening a step", chromedp.Click(chromedp.Search(`(//details[@name="step"]/summary)[4]`), chromedp.NodeVisible))
	stop("profile-details")
	t.press("Sign out all other sessions")
	t.sees("Confirm it's you")
	t.expectComplaint("status of 403")
	stop("confirm")
	t.open(p.URL)
	t.press("Sign Out")
	t.sees("You're signed out of " + appName + ".")
	stop("signed-out-here")
}

func tourExpired(t *tab, stop func(string)) {
	p := started(t.tb)
	t.openSignedIn(p, "/profile", authtest.Ada)
	t.fillIn("device", "Ada's laptop")
	t.clearCookies()
	t.press("Save")
	t.sees("You've been signed out")
	t.expectComplaint("status of 401")
	stop("ended-dialog")
	t.key(kb.Escape)
	t.withoutScripts()
	t.press("Save")
	t.sees("Here is what you sent")
	t.withScripts()
	stop("ended-form")
	t.withoutScripts()
	t.signInByHTTP(p, authtest.Ada)
	t.open(p.URL + "/api/auth/signed-in")
	t.withScripts()
	stop("signed-in-beside")
}

func tourWarned(t *tab, stop func(string)) {
	for name, idle := range map[string]time.Duration{"warning-idle": idleTimeout, "warning-end": 2 * idleTimeout} {
		p := newProgram(t.tb)
		p.Env["SESSION_IDLE"] = idle.String()
		if name == "warning-end" {
			p.Env["SESSION_MAX_AGE"] = idleTimeout.String()
		}
		between := p.proxied(t.tb)
		p.start(t.tb)
		t.openSignedIn(p, "/", authtest.Ada)
		t.nearExpiry(between, 4*time.Minute)
		t.offline(true)
		stop(name)
		if name == "warning-idle" {
			t.press("Stay signed in")
			t.sees("You're offline.")
			stop(name + "-offline")
		}
		t.offline(false)
		t.expected = append(t.expected, "net::ERR", "Failed to fetch", "401")
	}
}

func tourRefused(t *tab, stop func(string)) {
	p := started(t.tb)
	for path, page := range map[string]string{
		"/nowhere": "not-found", "/api/auth/callback/asgardeo?state=unknown&code=x": "state-unknown", "/api/auth/signout": "method",
	} {
		t.open(p.URL + path)
		t.expectComplaint("status of 4")
		stop(page)
	}
	t.withoutScripts()
	t.openSignedIn(p, "/profile", authtest.Ada)
	t.clearCookies()
	other := t.openTab()
	other.openSignedIn(p, "/", authtest.Grace)
	t.show()
	t.press("Save")
	t.sees("Someone else is signed in")
	t.expectComplaint("status of 409")
	t.withScripts()
	stop("wrong-person")
}

func tourUnavailable(t *tab, stop func(string)) {
	p := newProgram(t.tb)
	p.Env["AUTH_ASGARDEO_SECRET"] = "a secret of another app"
	p.start(t.tb)
	t.open(p.URL)
	t.press("Sign in")
	t.logIn(authtest.Ada)
	t.sees("doesn't accept this app's settings")
	t.expectComplaint("status of 502")
	stop("misconfigured")
	p.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(503))
	p.restart(t.tb)
	eventually(t.tb, "the provider is known to be down", func() bool { return p.unavailable(t.tb) })
	t.open(p.URL)
	stop("provider-down")
	t.press("Sign in")
	t.expectComplaint("status of 503")
	t.sees("We couldn't reach Asgardeo")
	stop("provider-unavailable")
}

func tourProvider(t *tab, stop func(string)) {
	p := started(t.tb)
	t.open(p.URL)
	t.press("Sign in")
	t.sees("Test provider")
	stop("provider")
	t.fillIn("username", "ada")
	t.fillIn("password", "wrong")
	t.press("Sign in")
	t.sees("The user name or the password is wrong.")
	t.expectComplaint("status of 422")
	stop("provider-wrong-password")
	t.open(p.Provider.Endpoint(authtest.EndSessionEndpoint))
	t.sees("asks the test provider to sign you out")
	stop("provider-sign-out")
	t.press("Sign out")
	t.sees("You can close this page.")
	stop("provider-signed-out")
	t.open(p.Provider.Endpoint(authtest.AuthorizationEndpoint))
	t.expectComplaint("status of 400")
	stop("provider-error")
}
