package doctor

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/auth"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/version"
)

// App is the running app, as it is reached at its public URL.
type App struct {
	Auth           *auth.Auth
	Provider       auth.Provider // for a sign-in that is started and abandoned
	Headers        http.Header   // those of GET /healthz, as the app sends them
	TrustedProxies []netip.Prefix
	SharedStore    bool // whether Auth has the store of the running app
}

// Check requests the app through its proxy. It starts a sign-in, and creates a session
// of no person for a moment (auth.Auth.ProbeSession).
func (a *App) Check(ctx context.Context) []Check {
	checks := inParallel(ctx, a.reach)
	if len(checks) == 0 || checks[0].Remedy != "" && checks[0].Remedy != renewRemedy {
		return prefixed("app", append(checks, Unchecked("the app is not reached", otherChecks)...))
	}
	checks = append(checks, inParallel(ctx, a.readiness, a.headers, a.signInForm)...)
	if !a.SharedStore {
		return prefixed("app", append(checks, Unchecked("the store of the running app is not available here", otherChecks)...))
	}
	return prefixed("app", append(checks, inParallel(ctx, a.probe)...))
}

const (
	startRemedy = "Start the app and its proxy, and run this again"
	renewRemedy = "Renew the certificate"
)

// reach requests /healthz.
func (a *App) reach(ctx context.Context) []Check {
	const name = "AUTH_URL"
	var peer string
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { peer = c.Conn.RemoteAddr().String() }})
	resp, body, err := a.get(ctx, "/healthz", nil)
	var health struct{ Status string }
	switch {
	case err != nil:
		return []Check{unreached(name, a.Auth.Origin(), err)}
	case resp.StatusCode/100 == 5:
		return []Check{warning(name, startRemedy, "the proxy at %s answers %d", a.Auth.Origin(), resp.StatusCode)}
	case resp.StatusCode != http.StatusOK || json.Unmarshal(body, &health) != nil || health.Status != "ok":
		return []Check{failed(name, "Let the proxy pass all paths of this host to the app", "%s/healthz is not the app's: the answer is %d", a.Auth.Origin(), resp.StatusCode)}
	}
	if resp.TLS != nil {
		if left := time.Until(resp.TLS.PeerCertificates[0].NotAfter); left < 14*24*time.Hour {
			return []Check{warning(name, renewRemedy, "the app answers at %s (%s), and its certificate expires in %d days", a.Auth.Origin(), peer, int(left.Hours()/24))}
		}
	}
	return []Check{passed(name, "the app answers at %s (%s)", a.Auth.Origin(), peer)}
}

// unreached tells a certificate that is not trusted, which browsers reject too, from an
// app that does not run.
func unreached(name, origin string, err error) Check {
	var certificate *tls.CertificateVerificationError
	err = oidc.Quotable(err)
	if errors.As(err, &certificate) {
		return failed(name, "Install a certificate for this host name at the proxy; for a private authority, set SSL_CERT_FILE", "%s: %v", origin, err)
	}
	return warning(name, startRemedy, "%s is not reached: %v", origin, err)
}

// request sends a request to a path of the app. The caller closes the body.
func (a *App) request(ctx context.Context, method, path string, form url.Values, headers http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.Auth.Origin()+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Header, headers)
	r.Header.Set("User-Agent", version.UserAgent)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", a.Auth.Origin())
	}
	return newClient().Do(r)
}

// get requests a path of the app whose answer is short.
func (a *App) get(ctx context.Context, path string, headers http.Header) (resp *http.Response, body []byte, err error) {
	resp, err = a.request(ctx, http.MethodGet, path, nil, headers)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxPage))
	return resp, body, err
}

// readiness requests /readyz, which says what the app itself sees.
func (a *App) readiness(ctx context.Context) []Check {
	const name = "readiness"
	resp, body, err := a.get(ctx, "/readyz", nil)
	if err != nil {
		return []Check{unreached(name, a.Auth.Origin(), err)}
	}
	var parts map[string]string
	if err := json.Unmarshal(body, &parts); err != nil {
		return []Check{warning(name, "Let the proxy pass /readyz to the app", "/readyz answers %d, and not as the app does", resp.StatusCode)}
	}
	var bad []string
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		if parts[part] != "ok" {
			bad = append(bad, oidc.Sanitize(part+" "+parts[part]))
		}
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		return []Check{failed(name, "See the log of the app, and compare SESSION_STORE there and here", "the app is not ready: %s", list(bad))}
	case len(bad) > 0:
		return []Check{warning(name, "Compare the app's environment with this one: DNS, firewall, HTTPS_PROXY", "the app says: %s", list(bad))}
	}
	return []Check{passed(name, "the app reaches its store, and each provider that it has asked so far")}
}

// headers compares the response headers with those that the app sends: a proxy may
// remove, replace or double them.
func (a *App) headers(ctx context.Context) []Check {
	const name = "response headers"
	resp, _, err := a.get(ctx, "/healthz", nil)
	if err != nil {
		return []Check{unreached(name, a.Auth.Origin(), err)}
	}
	var wrong []string
	for _, header := range slices.Sorted(maps.Keys(a.Headers)) {
		want, got := a.Headers.Get(header), resp.Header.Values(header)
		switch {
		case len(got) == 0:
			wrong = append(wrong, header+" is missing")
		case len(got) > 1 && header != "Vary":
			wrong = append(wrong, header+" comes twice")
		case got[0] != want && header != "Vary" && header != "Strict-Transport-Security":
			wrong = append(wrong, header+" is another one")
		}
	}
	if resp.Header.Get("Age") != "" {
		wrong = append(wrong, "Age says that a cache answered")
	}
	if len(wrong) > 0 {
		return []Check{warning(name, "Let the proxy pass these headers on as they are, and let it add none of the same name. Compare the versions of the app and of this program, too", "%s", strings.Join(wrong, "; "))}
	}
	return []Check{passed(name, "all %d arrive as the app sends them", len(a.Headers))}
}
