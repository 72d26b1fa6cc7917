package handlers

import (
	"errors"
	"net/http"
	"strings"

	"latchkey/auth"
)

// This file deals with browsers that fetch a page before anybody has asked for
// it: nothing may come of that.

// isPrefetch reports whether nobody has asked for the page yet (Fetch standard,
// Sec-Purpose; older browsers say Purpose).
func isPrefetch(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch"
}

// loadSession finds out who is signed in, and counts the request as their activity
// unless the browser or the script sends it without being asked.
func (a *app) loadSession(next http.Handler) http.Handler {
	asked, background := a.auth.Middleware(next), a.auth.Background(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrefetch(r) || isRefresh(r) {
			background.ServeHTTP(w, r)
			return
		}
		asked.ServeHTTP(w, r)
	})
}

// rejectPrefetch refuses what would do something for a browser that fetches ahead,
// or that asks for the header alone.
func rejectPrefetch(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case r.Method == http.MethodHead:
			w.Header().Set("Allow", http.MethodGet)
			return errMethodNotAllowed
		case isPrefetch(r):
			return &auth.Error{Code: auth.BadRequest, Err: errPrefetch}
		}
		return h(w, r)
	}
}

var errPrefetch = errors.New("the page was fetched ahead, and nobody has asked for it")
