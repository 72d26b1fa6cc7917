package auth_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// An untrusted certificate is neither an outage nor a wrong issuer: the log names
// the variable to set.
func TestDiscoveryWithUntrustedCertificate(t *testing.T) {
	t.Parallel()
	provider := httptest.NewUnstartedServer(http.NotFoundHandler())
	provider.Config.ErrorLog = log.New(io.Discard, "", 0)
	provider.StartTLS()
	defer provider.Close()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = provider.URL })
	page := authtest.NewBrowser(t).Post(a.URL+"/api/auth/signin/asgardeo", nil)
	assertRefused(t, a, page, fault("SSL_CERT_FILE"))
	if cause := a.LoggedError(handlerstest.Reference(page)); strings.Contains(cause, "discovery document") {
		t.Errorf("logged %q, want nothing about the issuer", cause)
	}
}

// AUTH_ASGARDEO_ISSUER may be the URL of one of the provider's pages by mistake. The
// log names the variable, whatever the response is.
func TestDiscoveryAtWrongIssuerNamesVariable(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]http.HandlerFunc{
		"nothing":                    http.NotFound,
		"a page":                     func(w http.ResponseWriter, r *http.Request) { authtest.HTML(nil).ServeHTTP(w, r) },
		"a redirect to a login page": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
		"an error":                   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no client_id", http.StatusBadRequest) },
	} {
		provider := httptest.NewServer(page)
		t.Cleanup(provider.Close)
		a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = provider.URL + "/oauth2/authorize" })
		answer := authtest.NewBrowser(t).Post(a.URL+"/api/auth/signin/asgardeo", nil)
		if cause := a.LoggedError(handlerstest.Reference(answer)); answer.StatusCode != http.StatusBadGateway || !strings.Contains(cause, "is AUTH_ASGARDEO_ISSUER the provider's issuer?") {
			t.Errorf("%s: got status %d and logged %q, want 502 and advice about the issuer", name, answer.StatusCode, cause)
		}
	}
}

// Invalid metadata (OpenID Connect Discovery 1.0 sections 3 and 4.3, ASVS 10.5.3).
func TestDiscoveryRefusesInvalidDocument(t *testing.T) {
	t.Parallel()
	misnamed := refusal{502, auth.Misconfigured, "calls itself"}
	for _, at := range []attack{
		{"4.3, another issuer (rp-discovery-issuer-not-matching-config)", metadata("issuer", "https://evil.example"), misnamed},
		{"4.3, no issuer", metadata("issuer", nil), misnamed},
		{"4.3, an issuer with an extra slash", issuerWithSlash, misnamed},
		{"3, issuer a number", metadata("issuer", 7), misnamed},
		{"3, no authorization_endpoint", metadata("authorization_endpoint", nil), fault("has no authorization_endpoint")},
		{"3, no token_endpoint", metadata("token_endpoint", nil), fault("has no token_endpoint")},
		{"3, no jwks_uri", metadata("jwks_uri", nil), fault("has no jwks_uri")},
		{"3, authorization_endpoint a javascript URL", metadata("authorization_endpoint", "javascript:alert('evil')"), fault("is not a URL")},
		{"3, authorization_endpoint a data URL", metadata("authorization_endpoint", "data:text/html,evil"), fault("is not a URL")},
		{"3, authorization_endpoint a path", metadata("authorization_endpoint", "/evil"), fault("is not a URL")},
		{"3, authorization_endpoint without https", metadata("authorization_endpoint", "http://evil.example/a"), fault("without https")},
		{"3, token_endpoint without https", metadata("token_endpoint", "http://evil.example/t"), fault("without https")},
		{"3, jwks_uri without https", metadata("jwks_uri", "http://evil.example/j"), fault("without https")},
		{"3, userinfo_endpoint without https", metadata("userinfo_endpoint", "http://evil.example/u"), fault("without https")},
		{"RFC 8414 2, revocation_endpoint without https", metadata("revocation_endpoint", "http://evil.example/r"), fault("without https")},
		{"RFC 9126 5, pushed requests without https", metadata("pushed_authorization_request_endpoint", "http://evil.example/p"), fault("without https")},
		{"Logout 2.1, end_session_endpoint without https", metadata("end_session_endpoint", "http://evil.example/e"), fault("without https")},
		{"3, jwks_uri a file URL", metadata("jwks_uri", "file:///etc/passwd"), fault("is not a URL")},
		{"3, jwks_uri of another scheme", metadata("jwks_uri", "gopher://evil.example/"), fault("without https")},
		{"3, a line break in token_endpoint", metadata("token_endpoint", "https://evil.example/\r\nEvil: 1"), fault("is not a URL")},
	} {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			at.set(a)
			assertRefused(t, a, a.TrySignIn(authtest.NewBrowser(t)), at.want)
		})
	}
}

// An optional member of a wrong type (section 3) disables what it is for, and
// nothing else.
func TestDiscoveryAcceptsUnusualMembers(t *testing.T) {
	t.Parallel()
	for _, odd := range []any{7, "evil", []any{7, "evil"}, map[string]any{"evil": 1}} {
		t.Run(fmt.Sprint(odd), func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			a.Provider.EditDiscovery(func(doc map[string]any) {
				for _, name := range []string{
					"userinfo_endpoint", "end_session_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint",
					"token_endpoint_auth_methods_supported", "id_token_signing_alg_values_supported", "prompt_values_supported",
					"require_pushed_authorization_requests", "authorization_response_iss_parameter_supported", "scopes_supported", "evil",
				} {
					if odd != "evil" || !strings.HasSuffix(name, "_endpoint") { // a string that is no URL is refused
						doc[name] = odd
					}
				}
			})
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
		})
	}
}

// Cached metadata stay in use while discovery fails (Discovery 1.0 section 4).
func TestDiscoveryFailureKeepsKnownMetadata(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.AssertSignInWorks(t, b)
	a.Provider.Handle(authtest.DiscoveryEndpoint, authtest.Status(500))
	a.AssertSignInWorks(t, b)
}

// Nothing listens at the issuer's address.
func TestDiscoveryAtUnreachableProvider(t *testing.T) {
	t.Parallel()
	gone := startRedirectTarget(t)
	gone.Close()
	a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = gone.URL })
	assertRefused(t, a, a.TrySignIn(authtest.NewBrowser(t)), unavailable("connection refused"))
}

// Close ends the calls of a provider that run in the background: no hook is called after it,
// and the provider does not count as unavailable.
func TestCloseEndsCallsInBackground(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		endpoint authtest.Endpoint
		start    func(context.Context, *handlerstest.App)
	}{
		{authtest.DiscoveryEndpoint, func(ctx context.Context, a *handlerstest.App) { a.Auth.Providers(ctx) }},
		{authtest.JWKSEndpoint, func(ctx context.Context, a *handlerstest.App) {
			a.Auth.BackChannelLogout(ctx, "asgardeo", a.Provider.LogoutToken(nil))
		}},
	} {
		t.Run(string(c.endpoint), func(t *testing.T) {
			t.Parallel()
			var ended, unavailable atomic.Int64
			a := handlerstest.Start(t, func(c *auth.Config, _ *handlers.Config) {
				c.OnProviderCall = func(_, _ string, status int, _ time.Duration) {
					if status == 0 {
						ended.Add(1)
					}
				}
				c.OnEvent = func(_ context.Context, e auth.Event) {
					if e.Kind == auth.EventProviderUnavailable {
						unavailable.Add(1)
					}
				}
			})
			a.Provider.Handle(c.endpoint, authtest.Hang)
			ctx, disconnect := context.WithCancel(t.Context())
			go c.start(ctx, a)
			handlerstest.Eventually(t, "the call", func() bool { return a.Provider.Requests(c.endpoint) > 0 })
			disconnect()
			a.Auth.Close()
			if got := ended.Load(); got != 1 {
				t.Errorf("when Close returns: got %d calls that have ended, want 1", got)
			}
			if got := unavailable.Load(); got != 0 {
				t.Errorf("got the event %s %d times, want never", auth.EventProviderUnavailable, got)
			}
		})
	}
}

// metadata sets a member of the discovery document; nil removes it.
func metadata(name string, value any) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		a.Provider.EditDiscovery(func(doc map[string]any) {
			doc[name] = value
			if value == nil {
				delete(doc, name)
			}
		})
	}
}

func issuerWithSlash(a *handlerstest.App) {
	a.Provider.EditDiscovery(func(doc map[string]any) { doc["issuer"] = strings.TrimRight(a.Provider.Issuer(), "/") + "/" })
}
