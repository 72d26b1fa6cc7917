package handlers

import (
	"maps"
	"net/http"
	"strings"
)

// contentSecurityPolicy allows our own script and style sheet, pictures by
// https, and nothing else. It has no form-action: browsers check that at every
// redirect, so that it would stop a Sign in form on its way to the provider's
// login page.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; " +
	"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// securityHeaders is the headers that every answer has. What may be cached says so itself.
var securityHeaders = http.Header{
	"Cache-Control":                {"no-store"},
	"Content-Security-Policy":      {contentSecurityPolicy},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
	"Referrer-Policy":              {"same-origin"}, // no-referrer would make browsers send "Origin: null"
	"X-Content-Type-Options":       {"nosniff"},
}

// security sets the headers that every answer has.
func (a *app) security(next http.Handler) http.Handler {
	headers := securityHeaders.Clone()
	if strings.HasPrefix(a.auth.Origin(), "https:") {
		headers.Set("Strict-Transport-Security", "max-age=31536000") // of this host: its siblings are not ours to decide on
	}
	varyHeaders(headers)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), headers) // whoever changes one replaces it: the values are shared
		next.ServeHTTP(w, r)
	})
}

// allowFraming is for an empty answer that belongs into another site's frame.
func allowFraming(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors *")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// sameOrigin refuses a POST from another site, or from a sibling host of ours.
// Our own origin is trusted by name, for proxies that rewrite Host.
func (a *app) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	if err := protection.AddTrustedOrigin(a.auth.Origin()); err != nil {
		panic(err) // auth.New has checked the URL
	}
	protection.SetDenyHandler(a.handle(func(http.ResponseWriter, *http.Request) error { return errCrossOrigin }))
	return protection.Handler(next)
}

const (
	maxBody     = 128 << 10 // the longest body of a request to our own routes, in bytes
	maxFormBody = 10 << 20  // and to a page behind App.Protected, which may take files
)

// bodyLimit fails the reading of a body that is longer.
func bodyLimit(longest int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body != nil && r.Body != http.NoBody {
				r.Body = http.MaxBytesReader(w, r.Body, longest)
			}
			next.ServeHTTP(w, r)
		})
	}
}
