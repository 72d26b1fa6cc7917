package doctor

import (
	"net/netip"
	"slices"
	"strings"
)

// otherClient is a client address that no one has (RFC 5737).
const otherClient = "192.0.2.123"

// clientAddress judges the client network that the app names in the first line of the
// event stream. The request has claimed in X-Forwarded-For to come from otherClient.
func (a *App) clientAddress(first, local string) Check {
	const name = "client address"
	if len(a.TrustedProxies) == 0 {
		return a.directAddress(name)
	}
	_, text, _ := strings.Cut(first, " from ")
	seen, err := netip.ParsePrefix(text)
	own, _ := netip.ParseAddrPort(local)
	here := own.Addr().Unmap()
	switch {
	case err != nil:
		return Unchecked("the app does not say which address it sees", name)[0]
	case seen.Contains(netip.MustParseAddr(otherClient)) && a.trusts(netip.PrefixFrom(here, here.BitLen())):
		return passed(name, "unknown: this machine (%s) is in TRUSTED_PROXIES, so the app believes what it says. Run this from another machine", here)
	case seen.Contains(netip.MustParseAddr(otherClient)):
		return failed(name, "Let the proxy add the address of its client to X-Forwarded-For ($proxy_add_x_forwarded_for in nginx)",
			"clients can choose the address that the app sees: the proxy passes X-Forwarded-For on as it comes")
	case seen.Contains(here):
		return passed(name, "the app sees this machine's network, %s", seen)
	case a.trusts(seen):
		return warning(name, "Let the proxy send X-Forwarded-For", "the app sees only the proxy, %s", seen)
	case seen.Addr().IsPrivate() || seen.Addr().IsLoopback():
		return warning(name, "If that is a proxy, add it to TRUSTED_PROXIES", "the app sees %s, and not this machine (%s)", seen, here)
	}
	return passed(name, "the app sees %s; check that it is this machine's public network", seen)
}

// directAddress is for an app that trusts no proxy.
func (a *App) directAddress(name string) Check {
	if strings.HasPrefix(a.Auth.Origin(), "https:") {
		return warning(name, "Set TRUSTED_PROXIES to the proxy's network", "the app sees the proxy that ends TLS instead of its clients")
	}
	return passed(name, "there is no proxy to trust")
}

// trusts reports whether a trusted proxy may be in a network.
func (a *App) trusts(network netip.Prefix) bool {
	return slices.ContainsFunc(a.TrustedProxies, network.Overlaps)
}
