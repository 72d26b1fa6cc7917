package handlers

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

type clientAddressKey struct{}

// clientAddress puts the client's address into the context if a trusted proxy
// reports it. It is for limits and logs only.
func (a *app) clientAddress(proxies []string) func(http.Handler) http.Handler {
	trusted := make([]netip.Prefix, len(proxies))
	for i, network := range proxies {
		trusted[i] = netip.MustParsePrefix(network)
	}
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
	if inside, found := strings.CutPrefix(raw, "["); found {
		raw, _ = strings.CutSuffix(inside, "]")
	}
	address, err := netip.ParseAddr(raw)
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
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// addressHidden reports whether all clients have one address: TLS ends at a proxy
// that is not in TRUSTED_PROXIES, or that sends no X-Forwarded-For.
func (a *app) addressHidden(r *http.Request) bool {
	_, reported := r.Context().Value(clientAddressKey{}).(netip.Addr)
	return !reported && r.TLS == nil && strings.HasPrefix(a.auth.Origin(), "https:")
}
