package handlers

import (
	"errors"
	"net/http"
	"strings"

	"latchkey/auth"
)

// This file deals with browsers that fetch a page before anybody has asked for
// it: nothing may come of that.

// ahead reports whether nobody has asked for the page yet (Fetch standard,
// Sec-Purpose; older browsers say Purpose).
func ahead(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch"
}

// visit finds out who is signed in, and counts the request as their activity
// unless the browser or the script sends it without being asked.
func (a *app) visit(next http.Handler) http.Handler {
	asked, background := a.auth.Middleware(next), a.auth.Background(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ahead(r) || catchesUp(r) {
			background.ServeHTTP(w, r)
			return
		}
		asked.ServeHTTP(w, r)
	})
}

// inEarnest refuses what would do something for a browser that fetches ahead,
// or that asks for the header alone.
func inEarnest(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		switch {
		case r.Method == http.MethodHead:
			w.Header().Set("Allow", http.MethodGet)
			return errMethodNotAllowed
		case ahead(r):
			return &auth.Error{Code: auth.BadRequest, Err: errFetchedAhead}
		}
		return h(w, r)
	}
}

var errFetchedAhead = errors.New("the page was fetched ahead, and nobody has asked for it")
