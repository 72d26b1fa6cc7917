package handlers

import (
	"net/http"
	"time"

	"github.com/go-chi/httprate"
)

// limits are the middlewares that bound how often a route is used. Each stands
// before the session is looked up, so that what it refuses costs nothing.
type limits struct {
	signIns, callbacks, frontChannel, backChannel func(http.Handler) http.Handler
}

// limits allows a number of sign-ins a minute, and of other requests as many as
// belong to them. Providers send the logout tokens of many people.
func (a *app) limits(perMinute int) limits {
	return limits{
		signIns:      a.limit(limit{client: perMinute, proxy: 20 * perMinute, byBrowser: true, tooMany: errTooManySignIns}),
		callbacks:    a.limit(limit{client: 2 * perMinute, proxy: 40 * perMinute, byBrowser: true, tooMany: errTooManySignIns}),
		frontChannel: a.limit(limit{client: perMinute, proxy: 20 * perMinute, tooMany: errTooManySignOuts}),
		backChannel:  a.limit(limit{client: 100 * perMinute, proxy: 100 * perMinute, tooMany: oauthError{errTooManySignOuts}}),
	}
}

// limit is how often a kind of request may be made in a minute.
type limit struct {
	client    int   // by one address (IPv6: one /64), or by one browser where a proxy hides the address
	proxy     int   // by all whose addresses one proxy hides: whoever drops their cookies seems to be many browsers
	byBrowser bool  // whether browsers send their cookies with this kind of request
	tooMany   error // the answer to those beyond
}

func (a *app) limit(l limit) func(http.Handler) http.Handler {
	if l.client <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	refuse := a.handle(func(w http.ResponseWriter, r *http.Request) error {
		if l.byBrowser && a.hidden(r) {
			a.mark(w, r) // the next time it has a limit of its own
		}
		return l.tooMany
	})
	perMinute := func(n int) *httprate.RateLimiter {
		return httprate.NewRateLimiter(n, time.Minute,
			httprate.WithLimitHandler(refuse), httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))
	}
	byClient, byProxy := perMinute(l.client), perMinute(l.proxy)
	refused := func(w http.ResponseWriter, r *http.Request) bool {
		address := httprate.CanonicalizeIP(ClientAddress(r))
		if !a.hidden(r) {
			return byClient.RespondOnLimit(w, r, address)
		}
		if l.byBrowser && byClient.RespondOnLimit(w, r, a.auth.Browser(r)) { // those without the cookie count as one
			return true
		}
		return byProxy.RespondOnLimit(w, r, address)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !refused(w, r) {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// setBrowserCookie gives a browser the cookie that tells it from others, where its
// address does not and where there is a limit.
func (a *app) setBrowserCookie(perMinute int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if perMinute > 0 && a.hidden(r) {
				a.mark(w, r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (a *app) mark(w http.ResponseWriter, r *http.Request) {
	if a.auth.Browser(r) == "" {
		setCookies(w, []*http.Cookie{a.auth.NewBrowser()})
	}
}
