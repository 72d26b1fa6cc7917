package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"latchkey/auth/authtest"
)

func withoutEndSession(doc map[string]any) { delete(doc, "end_session_endpoint") }

// mark sets a variable of the page, which a reload would lose.
func (u *user) mark() {
	u.tb.Helper()
	if _, err := u.eval(`window.marked = true`); err != nil {
		u.tb.Fatal(err)
	}
}

// If the provider has no end session endpoint, the signed-out fragment is
// swapped in without a reload.
func TestSignOutWithoutEndSessionEndpoint(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"/", "/profile"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			p.Provider.EditDiscovery(withoutEndSession)
			p.start(t)
			b := openBrowser(t)
			b.open(p.URL)
			title, err := evaluate[string](b, `document.title`)
			if err != nil {
				t.Fatal(err)
			}
			b.signInAs(authtest.Ada)
			b.open(p.URL + from)
			b.mark()
			before := len(b.requested("GET", p.URL+"/"))
			b.press("Sign Out")
			b.sees("You're signed out of " + appName + ".")
			if got := len(b.requested("GET", p.URL+"/")); got != before {
				t.Errorf("the home page was asked for %d times more, want it in the answer itself", got-before)
			}
			b.sees("Sign in")
			b.isAt(p.URL + "/")
			b.holds("the page was not loaded again", `window.marked === true`)
			b.holds("nothing of the person is there", `!document.documentElement.innerHTML.includes('Ada')`)
			b.holds("the title is that of the home page", `document.title === "`+title+`"`)
			b.press("Sign in") // the form of the fragment works
			b.sees(signedIn)   // the provider still has its session
		})
	}
}

// centre returns the center of the first element that a selector finds.
func (t *tab) centre(selector string) []float64 {
	t.tb.Helper()
	at, err := evaluate[[]float64](t, `(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector("`+selector+`").getBoundingClientRect())`)
	if err != nil {
		t.tb.Fatal(err)
	}
	return at
}

// A double click starts one sign-in, even if the response or the provider is
// slow.
func TestDoubleClickStartsOneSignIn(t *testing.T) {
	t.Parallel()
	for _, slow := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.AuthorizationEndpoint} {
		t.Run(string(slow), func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			hold, arrived, release := authtest.Hold()
			p.Provider.Handle(slow, hold)
			p.start(t)
			b := openBrowser(t)
			b.open(p.URL)
			at := b.centre(".provider button")
			b.do("double-clicking Sign in", chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(2)))
			<-arrived
			b.do("clicking once more", chromedp.MouseClickXY(at[0], at[1]))
			release()
			b.logIn(authtest.Ada)
			b.sees(signedIn)
			if got := strings.Count(p.Log.String(), `"route":"/api/auth/signin/{provider}"`); got != 1 {
				t.Errorf("a double click on Sign in: got %d sign-ins started, want 1", got)
			}
		})
	}
}

// Without scripts both clicks send the form, and the second sign-in works.
func TestDoubleClickWithoutScriptsSignsIn(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := openBrowser(t)
	b.withoutScripts()
	b.open(p.URL)
	at := b.centre(".provider button")
	b.do("double-clicking Sign in", chromedp.MouseClickXY(at[0], at[1]), chromedp.MouseClickXY(at[0], at[1], chromedp.ClickCount(2)))
	b.logIn(authtest.Ada)
	b.sees(signedIn)
}

// A response that is not ours, such as a proxy's error page, only shows a
// notice.
func TestForeignResponseIsNotSwappedIn(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.mark()
	between(authtest.Answer(http.StatusBadGateway, "text/html", "<h1>502 Bad Gateway</h1><hr>nginx"))
	b.press("Sign in")
	b.sees("We couldn't reach " + appName + ".")
	b.expectComplaint("status of 502")
	b.holds("the page is as it was", `window.marked && document.querySelector('h1').innerText === 'Sign in to `+appName+`' && !document.body.innerText.includes('nginx')`)
	between(nil)
	b.signInAs(authtest.Ada)
}

// A missing response shows a notice too, and the button works again.
func TestMissingResponseIsReported(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	b := openBrowser(t)
	b.open(p.URL)
	b.mark()
	between(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	})
	b.press("Sign in")
	b.sees("We couldn't connect.")
	b.expectComplaint("net::ERR_EMPTY_RESPONSE")
	b.expectComplaint("Failed to fetch")
	b.holds("the page is as it was", `window.marked && document.querySelector('h1').innerText === 'Sign in to `+appName+`'`)
	between(nil)
	b.signInAs(authtest.Ada)
}
