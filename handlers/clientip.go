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

// clientAddress finds the client's address where a trusted proxy reports it,
// for limits and logs only.
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
			default: // everyone behind that proxy counts as one client
				once.Do(func() {
					a.log.Warn("X-Forwarded-For arrives from an address that is not in TRUSTED_PROXIES, and is ignored: behind a proxy, set TRUSTED_PROXIES to its network",
						"from", peer.String())
				})
			}
			next.ServeHTTP(w, r)
		})
	}
}

// forwardedFor returns the rightmost address that is not a trusted proxy's. It
// reads nothing to the left of an entry that is no address: nobody vouches for
// that.
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

// parseAddress reads an address in the forms in which proxies write it: with
// and without a port, IPv6 with and without brackets.
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

// ClientAddress returns the address of a request's client: the one that a
// trusted proxy reports, or else the connection's.
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

// hidden reports whether everyone arrives from one address: TLS ends at a proxy
// that TRUSTED_PROXIES does not name, or that does not say for whom it asks.
func (a *app) hidden(r *http.Request) bool {
	_, reported := r.Context().Value(clientAddressKey{}).(netip.Addr)
	return !reported && r.TLS == nil && strings.HasPrefix(a.auth.Origin(), "https:")
}
