package auth

import (
	"crypto/rand"
	"net/http"
	"time"
)

// The names of the cookies, to which internal/cookies adds __Host- under https.
const (
	sessionCookie = "latchkey.session"
	signInCookie  = "latchkey.signin."  // + the first characters of the state
	signOutCookie = "latchkey.signout." // + the first characters of the state
	noticeCookie  = "latchkey.notice"
	lastCookie    = "latchkey.provider" // the provider used last; not sealed: it only sorts a list

	// BrowserCookie identifies a browser: see Browser.
	BrowserCookie = "latchkey.browser"
)

const (
	browserLife = 24 * time.Hour
	lastLife    = 365 * 24 * time.Hour
)

// The callback URL of a pending sign-in or sign-out is sealed separately.
func (s *signIn) Callback() *string    { return &s.CallbackURL }
func (out *signOut) Callback() *string { return &out.CallbackURL }

// Browser returns the ID of the browser that sent a request, from a cookie that
// only this app can make, or "". Rate limits use it where all requests come
// from one address. It does not identify the person.
func (a *Auth) Browser(r *http.Request) string {
	var id string
	a.cookies.Find(r.Cookies(), forBrowser, BrowserCookie, &id)
	return id
}

// NewBrowser returns a cookie that identifies a browser.
func (a *Auth) NewBrowser() *http.Cookie {
	return a.cookies.Seal(forBrowser, BrowserCookie, rand.Text(), browserLife)
}
