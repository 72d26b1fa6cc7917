package handlerstest

import (
	"net/http"
)

// DropConnection closes the connection without a response.
func DropConnection(http.Handler) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// RedirectLoop redirects every request to itself.
func RedirectLoop(http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	})
}

// DropNames removes the claims that make a request to the userinfo endpoint
// unnecessary.
func DropNames(c map[string]any) {
	for _, name := range []string{"name", "given_name", "family_name", "preferred_username", "username", "email"} {
		delete(c, name)
	}
}
