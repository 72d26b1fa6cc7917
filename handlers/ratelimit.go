package handlers

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
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
func (a *App) limits() limits {
	perMinute := a.config.RateLimit
	return limits{
		signIns:      a.limit(limit{client: perMinute, proxy: 20 * perMinute, byBrowser: true, tooMany: newError(codeTooManySignIns)}),
		callbacks:    a.limit(limit{client: 2 * perMinute, proxy: 40 * perMinute, byBrowser: true, tooMany: newError(codeTooManySignIns)}),
		frontChannel: a.limit(limit{client: perMinute, proxy: 20 * perMinute, tooMany: newError(codeTooManySignOuts)}),
		backChannel:  a.limit(limit{client: 100 * perMinute, proxy: 100 * perMinute, tooMany: oauthError{newError(codeTooManySignOuts)}}),
	}
}

// limit is the number of requests per minute.
type limit struct {
	client    int   // for one address (IPv6: one /64), or one browser if a proxy hides addresses
	proxy     int   // for a proxy that hides addresses: a client without cookies counts as many browsers
	byBrowser bool  // whether browsers send their cookies with this request
	tooMany   error // the response beyond the limit
}

func (a *App) limit(l limit) func(http.Handler) http.Handler {
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
func (a *App) setBrowserCookie(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.config.RateLimit > 0 && a.addressHidden(r) {
			a.markBrowser(w, r)
		}
		next.ServeHTTP(w, r)
	})
}

func (a *App) markBrowser(w http.ResponseWriter, r *http.Request) {
	if a.auth.Browser(r) == "" {
		auth.SetCookies(w, []*http.Cookie{a.auth.NewBrowser()})
	}
}

type clientAddressKey struct{}

// clientAddress puts the client's address into the context if a trusted proxy
// reports it. It is for limits and logs only.
func (a *App) clientAddress(trusted []netip.Prefix) func(http.Handler) http.Handler {
	var once sync.Once
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			forwarded := r.Header.Values("X-Forwarded-For")
			peer, _ := parseAddress(r.RemoteAddr)
			switch {
			case strings.Join(forwarded, "") == "":
			case containsIP(trusted, peer):
				if client := forwardedFor(forwarded, trusted); client.IsValid() {
					r = r.WithContext(context.WithValue(r.Context(), clientAddressKey{}, client))
				}
			default: // all clients of that proxy count as one
				once.Do(func() {
					a.log.Warn("X-Forwarded-For ignored: it comes from an address outside TRUSTED_PROXIES. If that is your proxy, set TRUSTED_PROXIES to its network",
						"from", peer.String())
				})
			}
			next.ServeHTTP(w, r)
		})
	}
}

// forwardedFor returns the rightmost address that is not a trusted proxy's. It
// ignores everything left of a malformed entry, which no trusted proxy has added.
func forwardedFor(headers []string, trusted []netip.Prefix) netip.Addr {
	for _, entry := range slices.Backward(strings.Split(strings.Join(headers, ","), ",")) {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		address, ok := parseAddress(entry)
		if !ok || !containsIP(trusted, address) {
			return address
		}
	}
	return netip.Addr{}
}

// parseAddress parses the forms that proxies write: with and without a port, IPv6
// with and without brackets.
func parseAddress(raw string) (address netip.Addr, ok bool) {
	if withPort, err := netip.ParseAddrPort(raw); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.Trim(raw, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

func containsIP(networks []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(networks, func(network netip.Prefix) bool { return network.Contains(address) })
}

// ClientAddress returns the address of a request's client: the one that a trusted
// proxy reports, otherwise the connection's.
func ClientAddress(r *http.Request) string {
	if client, ok := r.Context().Value(clientAddressKey{}).(netip.Addr); ok {
		return client.String()
	}
	if peer, ok := parseAddress(r.RemoteAddr); ok {
		return peer.String()
	}
	return r.RemoteAddr
}

// addressHidden reports whether all clients have one address: TLS ends at a proxy
// that is not in TRUSTED_PROXIES, or that sends no X-Forwarded-For.
func (a *App) addressHidden(r *http.Request) bool {
	_, reported := r.Context().Value(clientAddressKey{}).(netip.Addr)
	return !reported && r.TLS == nil && strings.HasPrefix(a.auth.Origin(), "https:")
}
