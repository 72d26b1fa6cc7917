package handlers

import (
	"errors"
	"net/http"
	"strings"

	"latchkey/auth"
)

// isPrefetch reports whether the browser fetches the page before the person opens it
// (Fetch standard, Sec-Purpose; older browsers send Purpose). Such a request must
// change nothing.
func isPrefetch(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Sec-Purpose"), "prefetch") || r.Header.Get("Purpose") == "prefetch"
}

// loadSession loads the session, and counts the request as activity unless the
// browser or the script sends it by itself.
func (a *app) loadSession(next http.Handler) http.Handler {
	activity, background := a.auth.Middleware(next), a.auth.Background(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrepared(r) { // App.Middleware has loaded it
			next.ServeHTTP(w, r)
			return
		}
		if isPrefetch(r) || isRefresh(r) {
			background.ServeHTTP(w, r)
			return
		}
		activity.ServeHTTP(w, r)
	})
}

// rejectPrefetch rejects prefetches and HEAD where a GET changes something, so that
// they cannot use up a code.
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

var errPrefetch = errors.New("the request is a prefetch")
