package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"latchkey/auth"
)

// limits are middleware that limits how often a route is used. It runs before the
// session is loaded, so that rejected requests cost nothing.
type limits struct {
	signIns, callbacks, frontChannel, backChannel func(http.Handler) http.Handler
}

// limits allows a number of sign-ins per minute, and other requests in proportion.
// A provider sends the logout tokens of many people.
func (a *app) limits(perMinute int) limits {
	return limits{
		signIns:      a.limit(limit{client: perMinute, proxy: 20 * perMinute, byBrowser: true, tooMany: errTooManySignIns}),
		callbacks:    a.limit(limit{client: 2 * perMinute, proxy: 40 * perMinute, byBrowser: true, tooMany: errTooManySignIns}),
		frontChannel: a.limit(limit{client: perMinute, proxy: 20 * perMinute, tooMany: errTooManySignOuts}),
		backChannel:  a.limit(limit{client: 100 * perMinute, proxy: 100 * perMinute, tooMany: oauthError{errTooManySignOuts}}),
	}
}

// limit is the number of requests per minute.
type limit struct {
	client    int   // for one address (IPv6: one /64), or one browser if a proxy hides addresses
	proxy     int   // for a proxy that hides addresses: a client without cookies counts as many browsers
	byBrowser bool  // whether browsers send their cookies with this request
	tooMany   error // the response beyond the limit
}

func (a *app) limit(l limit) func(http.Handler) http.Handler {
	if l.client <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	reject := a.handle(func(w http.ResponseWriter, r *http.Request) error {
		if l.byBrowser && a.addressHidden(r) {
			a.markBrowser(w, r) // its next request has a limit of its own
		}
		return l.tooMany
	})
	perMinute := func(n int) *httprate.RateLimiter {
		return httprate.NewRateLimiter(n, time.Minute,
			httprate.WithLimitHandler(reject), httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))
	}
	byClient, byProxy := perMinute(l.client), perMinute(l.proxy)
	rejected := func(w http.ResponseWriter, r *http.Request) bool {
		address := httprate.CanonicalizeIP(ClientAddress(r))
		if !a.addressHidden(r) {
			return byClient.RespondOnLimit(w, r, address)
		}
		if l.byBrowser && byClient.RespondOnLimit(w, r, a.auth.Browser(r)) { // all without the cookie count as one
			return true
		}
		return byProxy.RespondOnLimit(w, r, address)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !rejected(w, r) {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// setBrowserCookie sets a cookie that tells browsers apart, if their addresses do
// not and there is a limit.
func (a *app) setBrowserCookie(perMinute int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if perMinute > 0 && a.addressHidden(r) {
				a.markBrowser(w, r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (a *app) markBrowser(w http.ResponseWriter, r *http.Request) {
	if a.auth.Browser(r) == "" {
		auth.SetCookies(w, []*http.Cookie{a.auth.NewBrowser()})
	}
}
