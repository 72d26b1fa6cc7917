package e2e

import (
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// clipped has the controls and headings whose text does not fit into the window.
const clipped = `[...document.querySelectorAll('h1, p, button, a.button, .tag')]
	.filter(element => element.checkVisibility() && (element.getBoundingClientRect().right > innerWidth || element.scrollWidth > element.clientWidth + 1))
	.map(element => element.textContent.trim())`

// Words may be long: they wrap in a narrow window.
func TestLongWordsFit(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) {
		c.Words = map[string]string{
			"lang": "de", "label.sign_in": "Mit Benutzerkonto und Passwort anmelden", "label.sign_out": "Von diesem Gerät und Konto abmelden",
			"label.your_profile": "Mein Profil und meine Sitzungen", "label.last_used": "Zuletzt hier verwendet", "label.go_home": "Zurück zur Startseite dieser Anwendung",
		}
	})
	a.AddProvider(t)
	b := openBrowser(t)
	b.size(narrow)
	fits := func(page string) {
		t.Helper()
		if got, err := evaluate[[]string](b, clipped); err != nil || len(got) > 0 {
			t.Errorf("%s: got clipped texts %q and error %v, want none", page, got, err)
		}
	}
	b.open(a.URL)
	fits("the home page")
	b.press("Continue with Asgardeo")
	b.logIn(authtest.Ada)
	b.sees(signedIn)
	fits("signed in")
	b.allow("404")
	b.open(a.URL + "/nothing")
	fits("the error page")
	b.open(a.URL)
	b.press("Von diesem Gerät und Konto abmelden")
	b.sees("Zuletzt hier verwendet")
	fits("after signing out")
}

// A language may be written from right to left.
func TestWordsFromRightToLeft(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) {
		c.Words = map[string]string{"lang": "ar", "label.skip_link": "انتقل إلى المحتوى", "label.sign_in_to_app": "تسجيل الدخول إلى {app}"}
	})
	b := openBrowser(t)
	b.open(a.URL)
	b.holds("the page is from right to left", `getComputedStyle(document.querySelector('h1')).direction === 'rtl'`)
}
