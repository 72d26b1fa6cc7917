package auth

import (
	"crypto/rand"
	"net/http"
	"time"
)

// BrowserCookie tells browsers apart where addresses cannot: see Browser.
const (
	BrowserCookie = "latchkey.browser"
	browserLife   = 24 * time.Hour
)

// Browser returns an id of the browser that sent a request, from a cookie that
// only this app can make; empty where it has none. Limits use it where all
// requests arrive from one address. It says nothing about the person.
func (a *Auth) Browser(r *http.Request) string {
	var id string
	a.openCookie(&request{cookies: r.Cookies()}, forBrowser, BrowserCookie, &id)
	return id
}

// NewBrowser returns the cookie by which Browser knows a browser again.
func (a *Auth) NewBrowser() *http.Cookie {
	return a.sealedCookie(forBrowser, BrowserCookie, rand.Text(), browserLife)
}
