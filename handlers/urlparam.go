package handlers

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
)

// urlParam returns a parameter of the route's pattern, unescaped once. chi's own
// is still escaped where the request's path has an escape that Go would not
// write itself, as in /groups/Internal%2Feveryone.
func urlParam(r *http.Request, name string) string {
	value := chi.URLParam(r, name)
	if r.URL.RawPath == "" { // chi has matched the unescaped path
		return value
	}
	unescaped, err := url.PathUnescape(value)
	if err != nil {
		return value // net/http has refused such a request
	}
	return unescaped
}
