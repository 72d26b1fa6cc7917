package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"

	"latchkey/auth/authtest"
)

// user is a person at one tab of a browser, whatever its engine. It acts with real
// mouse and key events; scripts only read the page.
type user struct {
	driver
	*console
}

// driver controls one tab.
type driver interface {
	open(url string)
	goBack()
	show()                                  // in front of the other tabs
	click(xpath string)                     // the first visible element
	key(keys string)                        // text and the keys of package kb
	eval(expression string) ([]byte, error) // as JSON
	newTab() *user                          // which hides this one
	newWindow() *user                       // so that both are visible
	opened(do func()) *user                 // the window that an action opens
	setCookie(site, name, value string)     // as the response of a site does
	clearCookies()                          // of this page's host
	withoutScripts()                        // on all following pages
}

// read evaluates an expression in the page.
func (u *user) read(expression string, to any) error {
	got, err := u.eval(expression)
	if err != nil {
		return err
	}
	return json.Unmarshal(got, to)
}

func (u *user) describe() string {
	var text string
	if err := u.read(`location.href + "\n" + document.title + "\n" + document.body.innerText`, &text); err != nil {
		return err.Error()
	}
	return text
}

// holds waits until an expression is true in the current page.
func (u *user) holds(what, expression string) {
	u.tb.Helper()
	var holds bool
	defer func() {
		if !holds {
			u.tb.Logf("the page:\n%s", u.describe())
		}
	}()
	eventually(u.tb, what, func() bool {
		holds = false
		return u.read(expression, &holds) == nil && holds
	})
}

// sees waits until the page shows a text.
func (u *user) sees(text string) {
	u.tb.Helper()
	u.holds("the page shows "+text, fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// isAt waits until the address bar shows a URL.
func (u *user) isAt(url string) {
	u.tb.Helper()
	u.holds("the address is "+url, fmt.Sprintf("location.href === %q", url))
}

// settled waits until the page is loaded and no swap is in progress: elements in transition
// receive no clicks, and htmx does not handle a form at once.
func (u *user) settled() {
	u.tb.Helper()
	u.holds("the page is settled", `document.readyState === 'complete' && !document.activeViewTransition && !document.querySelector('.htmx-added')`)
}

// press clicks a button or a link with the mouse.
func (u *user) press(name string) {
	u.tb.Helper()
	u.settled()
	u.click(control(name))
}

// control selects a button, a link or a disclosure by its text.
func control(name string) (xpath string) {
	return fmt.Sprintf(`//*[self::button or self::a or self::summary][normalize-space()=%q]`, name)
}

// fillIn clicks into a field and types.
func (u *user) fillIn(id, text string) {
	u.tb.Helper()
	u.settled()
	u.click(fmt.Sprintf(`//*[@id=%q]`, id))
	u.key(text)
}

// logIn fills in the provider's login page.
func (u *user) logIn(who authtest.Person) {
	u.tb.Helper()
	u.sees("Test provider")
	u.fillIn("username", who.Username)
	u.fillIn("password", who.Password)
	u.press("Sign in")
}

// signInAs presses Sign in on the open page, and logs in.
func (u *user) signInAs(who authtest.Person) {
	u.tb.Helper()
	u.press("Sign in")
	u.logIn(who)
	u.sees(signedIn)
	u.sees(who.Name())
}

// signInByHTTP gives the browser the session of someone who has just signed in. It takes
// a fraction of the time of signInAs, and is for tests of what follows a sign-in.
func (u *user) signInByHTTP(p *program, who authtest.Person) {
	u.tb.Helper()
	site, err := url.Parse(p.URL)
	if err != nil {
		u.tb.Fatal(err)
	}
	var agent string
	if err := u.read(`navigator.userAgent`, &agent); err != nil {
		u.tb.Fatal(err)
	}
	b := authtest.NewBrowser(u.tb)
	b.Header.Set("User-Agent", agent) // the list of sessions shows it
	p.signIn(u.tb, b, who)
	for _, cookie := range b.Client.Jar.Cookies(site) {
		u.setCookie(p.URL, cookie.Name, cookie.Value)
	}
}

// openSignedIn opens a page for someone who has just signed in.
func (u *user) openSignedIn(p *program, path string, who authtest.Person) {
	u.tb.Helper()
	u.signInByHTTP(p, who)
	u.open(p.URL + path)
	u.sees(who.Name())
}
