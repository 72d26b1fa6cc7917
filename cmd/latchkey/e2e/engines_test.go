package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"latchkey/auth/authtest"
)

// Each engine has its browser, which its journeys share one after another. They take
// longest: as subtests they would start last, when all other tests have started.

func TestJourneysInChromium(t *testing.T) { journeysIn(t, "Chromium", openChromium) }
func TestJourneysInFirefox(t *testing.T)  { journeysIn(t, "Firefox", openFirefox) }
func TestJourneysInWebKit(t *testing.T)   { journeysIn(t, "WebKit", openWebKit) }

// journeys are what people do, in every engine.
var journeys = []struct {
	name   string
	do     func(t *testing.T, open func(testing.TB) *user)
	full   bool              // needs a full Chromium
	cannot map[string]string // engine → why it cannot
}{
	{name: "errors on the console", do: errorsOnConsole},
	{name: "sign in and sign out", do: signInAndSignOut},
	{name: "profile and sessions", do: profileAndSessions},
	{name: "keyboard alone", do: keyboardAlone},
	{name: "Back after sign-out", do: backAfterSignOut, full: true},
	{name: "sign-out in another tab", do: signOutInAnotherTab},
	{name: "sign-out while hidden", do: signOutWhileHidden, full: true, cannot: map[string]string{
		"WebKit": "a tab in the background is visible to its page when WebKitWebDriver controls MiniBrowser",
	}},
	{name: "session ended behind a half-typed form", do: endedBehindHalfTypedForm},
	{name: "warning before the end", do: warningBeforeEnd},
	{name: "without JavaScript", do: withoutJavaScript},
}

func journeysIn(t *testing.T, engine string, open func(testing.TB) *user) {
	t.Parallel()
	for _, journey := range journeys {
		t.Run(journey.name, func(t *testing.T) {
			if why, ok := journey.cannot[engine]; ok {
				t.Skipf("NOT TESTED in %s: %s", engine, why)
			}
			if journey.full && engine == "Chromium" {
				journey.do(t, openFullChromium)
				return
			}
			journey.do(t, open)
		})
	}
	for _, journey := range appJourneys {
		t.Run("in an app: "+journey.name, func(t *testing.T) {
			p, between := startedApp(t, "servemux")
			journey.do(open(t), p, between)
		})
	}
}

// allow lets the console mention the status of a page that is meant to have it, which
// only some browsers do.
func (u *user) allow(status string) { u.expected = append(u.expected, "status of "+status) }

// What the console shows fails the other journeys.
func errorsOnConsole(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.open(p.URL)
	if _, err := b.eval(`(console.error('an error of the console'), setTimeout(() => { throw new Error('an exception') }), Promise.reject(new Error('a rejection')),
		document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.harmed = true' })), true)`); err != nil {
		t.Fatal(err)
	}
	for _, complaint := range []string{"an error of the console", "an exception", "a rejection", "script-src"} {
		b.expected = append(b.expected, complaint)
		eventually(t, "the console shows "+complaint, func() bool {
			_, _ = b.eval(`null`) // WebKit reports with it
			return b.shown(complaint)
		})
	}
}

func signInAndSignOut(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.open(p.URL)
	b.holds("the style sheet and the script of the page are allowed, and leave no names of ours", `document.styleSheets[0]?.cssRules.length > 0 && !!window.htmx && typeof page === 'undefined' && typeof words === 'undefined' && typeof drafts === 'undefined'`)
	b.signInAs(authtest.Ada)
	b.isAt(p.URL + "/")
	b.press("Your profile")
	b.sees("ada@example.com")
	b.isAt(p.URL + "/profile")
	b.press("Sign Out")
	b.sees(signedOut)
	b.isAt(p.URL + "/")
	b.press("Sign in")
	b.logIn(authtest.Grace) // the provider asks for credentials
	b.sees("Grace Hopper")
}

func profileAndSessions(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.allow("403")
	for range 2 {
		p.signIn(t, authtest.NewBrowser(t), authtest.Ada)
	}
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.fillIn("device", "Ada's laptop"+kb.Enter)
	b.sees("Device renamed.")
	b.holds("the focus is still in the field", `document.activeElement.id === 'device'`)
	b.press("Sign out")
	b.sees("Confirm it's you")
	small := b.opened(func() { b.press("Continue with Asgardeo") })
	small.logIn(authtest.Ada)
	b.sees("Signed out.")
	b.holds("two sessions are left", `document.querySelectorAll('.session').length === 2`)
	b.press("Sign out all other sessions")
	b.sees("You're signed out everywhere else.")
	b.holds("one session is left", `document.querySelectorAll('.session').length === 1`)
}

func keyboardAlone(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.open(p.URL)
	b.tabTo("Skip to the content")
	b.key(kb.Enter)
	b.tabTo("Sign in")
	b.key(kb.Enter)
	b.sees("Test provider")
	b.holds("the first field is focused", `document.activeElement.id === 'username'`)
	b.key(authtest.Ada.Username + kb.Tab + authtest.Ada.Password + kb.Enter)
	b.sees(signedIn)
	b.tabTo("Your profile")
	b.key(kb.Enter)
	b.isAt(p.URL + "/profile")
	b.sees("About you")
	b.tabTo("device")
	b.key("Ada's laptop" + kb.Enter)
	b.sees("Device renamed.")
	b.open(p.URL)
	b.tabTo("Sign Out")
	b.key(" ")
	b.sees(signedOut)
}

func backAfterSignOut(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.allow("401")
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.press("Sign Out")
	b.sees(signedOut)
	b.goBack()
	b.isAt(p.URL + "/profile")
	b.sees("Sign in to continue")
	b.holds("nothing of the person is there", `!document.documentElement.innerHTML.includes('Ada')`)
}

func signOutInAnotherTab(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.allow("401")
	b.openSignedIn(p, "/profile", authtest.Ada)
	acting := b.newWindow()
	acting.open(p.URL)
	acting.press("Sign Out")
	acting.sees(signedOut)
	b.sees("Sign in to continue")
	b.holds("the title is that of the sign-in", `document.title.startsWith('Sign in')`)
	b.isAt(p.URL + "/profile")
}

func signOutWhileHidden(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.allow("401")
	b.openSignedIn(p, "/profile", authtest.Ada)
	front := b.newTab()
	front.open("about:blank")
	b.holds("the tab is hidden", `document.hidden`)
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.show()
	b.sees("Sign in to continue")
}

func endedBehindHalfTypedForm(t *testing.T, open func(testing.TB) *user) {
	p, _ := behindProxy(t) // on the host of the provider, whose cookies are deleted too
	b := open(t)
	b.allow("401")
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.fillIn("device", "Ada's laptop")
	b.clearCookies()
	b.press("Save")
	b.sees("You've been signed out")
	b.holds("the heading has the focus", `document.activeElement.id === 'dialog-heading'`)
	small := b.opened(func() { b.press("Sign in") })
	small.logIn(authtest.Ada)
	b.sees("Device renamed.")
	b.holds("the page goes on as it was", `!document.getElementById('dialog').open && window.marked && document.getElementById('device').value === "Ada's laptop"`)
	eventually(t, "the small window closes itself", func() bool {
		_, err := small.eval("true")
		return err != nil
	})
}

func warningBeforeEnd(t *testing.T, open func(testing.TB) *user) {
	p, between := behindProxy(t)
	b := open(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.fillIn("device", "half a na")
	b.nearExpiry(between, 4*time.Minute)
	b.sees("Are you still there?")
	b.holds("the heading has the focus", `document.activeElement.id === 'dialog-heading'`)
	b.press("Stay signed in")
	b.holds("the page goes on as it was", "!"+dialogOpen+"&&"+unchanged)
}

func withoutJavaScript(t *testing.T, open func(testing.TB) *user) {
	p, b := started(t), open(t)
	b.withoutScripts()
	b.open(p.URL)
	b.signInAs(authtest.Ada)
	b.press("Your profile")
	b.sees("ada@example.com")
	b.holds("no script has run", `!window.htmx`)
	b.fillIn("device", "Ada's laptop")
	b.press("Save")
	b.sees("Device renamed.")
	b.isAt(p.URL + "/profile#sessions")
	b.press("Sign Out")
	b.sees(signedOut)
}
