package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// methodNotAllowed says what the address takes instead (RFC 9110 section
// 15.5.6).
func methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return errMethodNotAllowed
}
