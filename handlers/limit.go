package handlers

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"
)

// clientAddress finds out the address of the client: the connection's, or what
// the trusted proxies say. It serves for limits and logs only.
func (a *app) clientAddress(trusted []string) func(http.Handler) http.Handler {
	if len(trusted) == 0 {
		return a.warnOfForwarded // and ClientAddress is the connection's
	}
	believe := middleware.ClientIPFromXFF(trusted...)
	return func(next http.Handler) http.Handler { return believe(a.warnOfForwarded(next)) }
}

// warnOfForwarded says once, loudly, that a proxy is there which nobody has
// declared, for what it says was not taken: all people behind it then count as
// one client.
func (a *app) warnOfForwarded(next http.Handler) http.Handler {
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Forwarded-For") != "" && ClientAddress(r) == peer(r) {
			once.Do(func() {
				a.log.Warn("X-Forwarded-For arrives from an address that is not in TRUSTED_PROXIES, and is ignored: behind a proxy, set TRUSTED_PROXIES to its network",
					"from", peer(r))
			})
		}
		next.ServeHTTP(w, r)
	})
}

// ClientAddress returns the address of a request's client, as the trusted
// proxies say it, or the connection's where they name none.
func ClientAddress(r *http.Request) string {
	if client := middleware.GetClientIP(r.Context()); client != "" {
		return client
	}
	return peer(r)
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// limit bounds how many requests of a kind one client address (IPv6: one /64)
// makes in a minute; those beyond get tooMany.
func (a *app) limit(perMinute int, tooMany error) func(http.Handler) http.Handler {
	if perMinute <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	byClient := func(r *http.Request) (string, error) { return httprate.CanonicalizeIP(ClientAddress(r)), nil }
	refuse := a.handle(func(http.ResponseWriter, *http.Request) error { return tooMany })
	return httprate.LimitBy(perMinute, time.Minute, byClient,
		httprate.WithLimitHandler(refuse), httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}))
}
