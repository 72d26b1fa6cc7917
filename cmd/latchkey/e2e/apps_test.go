package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// eachApp runs a test with each app.
func eachApp(t *testing.T, test func(t *testing.T, name string)) {
	t.Parallel()
	for name := range apps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, name)
		})
	}
}

// appJourneys are what people do in an app with pages of its own.
var appJourneys = []struct {
	name string
	do   func(b *user, p *program, between func(authtest.Fault))
}{
	{"sign-out is shown, and drafts are kept", appSignOutAndDrafts},
	{"failed requests are sent again", appResend},
	{"warning before the end", appWarning},
	{"policy with the script's hash", appPolicy},
}

// TestJourneysInChromium and the other engines have them in the other app.
func TestJourneysInAppOnChi(t *testing.T) {
	t.Parallel()
	for _, journey := range appJourneys {
		t.Run(journey.name, func(t *testing.T) {
			t.Parallel()
			p, between := startedApp(t, "chi")
			journey.do(&openBrowser(t).user, p, between)
		})
	}
}

// An app's own page shows a sign-out at once, and what someone typed is there again
// after they have signed in.
func appSignOutAndDrafts(b *user, p *program, _ func(authtest.Fault)) {
	b.allow("401")
	b.openSignedIn(p, "/profile", authtest.Ada)
	home := b.newWindow()
	home.open(p.URL)
	home.sees("Welcome, Ada Lovelace!")
	b.fillIn("text", "half a thought")
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		b.tb.Fatal(err)
	}
	home.holds("the home page is signed out", `!document.body.innerText.includes("Welcome") && document.body.innerText.includes("My notes")`)
	home.seesNotice("You've been signed out.")
	b.sees("Sign in to continue")
	b.isAt(p.URL + "/profile")
	b.press("Sign in")
	b.logIn(authtest.Ada)
	b.sees("Profile of Ada Lovelace")
	b.holds("the words are there", `document.getElementById('text').value === "half a thought"`)
}

// A request that fails because the session has ended, and one that needs a confirmation,
// are sent again after a sign-in in a popup.
func appResend(b *user, p *program, _ func(authtest.Fault)) {
	b.allow("401")
	b.allow("403")
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.fillIn("text", "my first note")
	b.clearCookies()
	b.press("Save")
	b.sees("You've been signed out")
	b.holds("the heading has the focus", `document.activeElement.id === 'dialog-heading'`)
	b.wantNoViolation("the dialog")
	small := b.opened(func() { b.press("Sign in") })
	small.logIn(authtest.Ada)
	b.holds("the note is saved", `document.getElementById('note').textContent === "my first note"`)
	b.holds("the page was not loaded again, and the dialog is closed", `window.marked && !document.querySelector('dialog').open`)

	b.press("Erase")
	b.sees("Sign in again to erase your notes.")
	b.wantNoViolation("the confirmation")
	small = b.opened(func() { b.press("Continue with Asgardeo") })
	small.logIn(authtest.Ada)
	b.holds("the note is erased", `document.getElementById('note').textContent === "No note yet."`)
	b.holds("the page was not loaded again", `window.marked`)
}

// A warning comes before the session ends, and Stay signed in keeps it.
func appWarning(b *user, p *program, between func(authtest.Fault)) {
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.nearExpiry(between, 3*time.Minute)
	b.sees("Are you still there?")
	b.press("Stay signed in")
	b.holds("the warning is gone, and the page is the same", "!"+dialogOpen+"&&window.marked")
	b.nearExpiry(between, 4*time.Minute)
	b.click(`//dialog//button[normalize-space()="Sign Out"]`)
	b.seesNotice("You're signed out of Notes")
	b.isAt(p.URL + "/")
}

// An app with a policy of its own can allow our script by its hash alone.
func appPolicy(b *user, p *program, between func(authtest.Fault)) {
	home := authtest.NewBrowser(b.tb).Get(p.URL).Text
	hash := regexp.MustCompile(`integrity="([^"]+)"`).FindStringSubmatch(home)[1] // App.ScriptIntegrity
	setPolicy := func(source string) {
		between(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(headerEditor{w, func(h http.Header) {
					h.Set("Content-Security-Policy", "default-src 'self'; script-src '"+source+"'")
				}}, r)
			})
		})
	}
	setPolicy("sha256-" + strings.Repeat("A", 43) + "=")
	b.expected = append(b.expected, "script-src")
	b.open(p.URL)
	b.holds("another hash forbids the script", `document.readyState === 'complete' && !window.htmx`)
	setPolicy(hash)
	b.open(p.URL)
	b.holds("the script runs, and leaves no names of ours", `!!window.htmx && typeof page === 'undefined' && typeof words === 'undefined' && typeof drafts === 'undefined'`)
}

// Without scripts a form that needs a confirmation comes back, to send it again.
func TestAppReturnsUnconfirmedFormWithoutScripts(t *testing.T) {
	t.Parallel()
	p, _ := startedApp(t, "servemux")
	b := openBrowser(t)
	b.withoutScripts()
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.fillIn("text", "my first note")
	b.press("Save")
	b.sees("my first note")
	b.press("Erase")
	b.sees("Sign in again to erase your notes.")
	b.expectComplaint("403")
	b.withScripts() // which axe needs
	b.wantNoViolation("the form to send again")
	b.withoutScripts()
	beside := b.opens(func() { b.press("Continue with Asgardeo") })
	beside.withoutScripts() // a script would close it
	beside.logIn(authtest.Ada)
	beside.sees("You're signed in")
	beside.sees("Confirmed. You can now finish what you started.")
	b.press("Send again")
	b.sees("No note yet.")
}

// Without a hidden field, the script adds the form token to every form: the form of one
// person does nothing for the next.
func TestAppSendsFormToken(t *testing.T) {
	eachApp(t, func(t *testing.T, name string) {
		p, _ := startedApp(t, name)
		b := openBrowser(t)
		b.openSignedIn(p, "/profile", authtest.Ada)
		token, err := evaluate[string](b, `document.getElementById('latchkey').dataset.formToken`)
		if err != nil || token == "" {
			t.Fatalf("got the form token %q and error %v", token, err)
		}
		sent, err := evaluate[string](b, `new FormData(document.querySelector('form[action="/notes"]')).get('form_token')`)
		if err != nil || sent != token {
			t.Errorf("a form sends the token %q (error %v), want %q", sent, err, token)
		}
		other := authtest.NewBrowser(t)
		p.signIn(t, other, authtest.Grace)
		other.Header.Set("Form-Token", token)
		if got := other.Post(p.URL+"/notes", nil).StatusCode; got != 409 {
			t.Errorf("Ada's form token from Grace: got status %d, want 409", got)
		}
	})
}

// Our style sheet leaves an app's own elements alone, and theirs leaves our dialog
// alone. No page has an accessibility barrier or violates the strict policy.
func TestAppKeepsItsStyle(t *testing.T) {
	eachApp(t, func(t *testing.T, name string) {
		p, _ := startedApp(t, name)
		b := openBrowser(t)
		b.openSignedIn(p, "/profile", authtest.Ada)
		const look = `JSON.stringify(['h1', '.button', '.notice', 'body', 'time'].map(s => { const c = getComputedStyle(document.querySelector(s))
			return [c.font, c.color, c.backgroundColor, c.padding, c.margin, c.borderRadius, c.display, document.querySelector(s).textContent.length > 0] }))`
		with, err := evaluate[string](b, look)
		if err != nil {
			t.Fatal(err)
		}
		without, err := evaluate[string](b, `(document.querySelector('link[href*="/assets/dialog."]').disabled = true, `+look+`)`)
		if err != nil || with != without {
			t.Errorf("an app's elements: got %s with our style sheet, and %s (error %v) without", with, without, err)
		}
		b.holds("the app's time is as it was", `document.querySelector('time').textContent === 'my date'`)
		for _, page := range []string{"/", "/profile", "/poems"} {
			b.open(p.URL + page)
			b.wantNoViolation(page)
		}
		policy := authtest.NewBrowser(t).Get(p.URL).Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("got the policy %s, want the strict one", policy)
		}
	})
}
