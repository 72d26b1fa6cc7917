package doctor

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

func TestDoctorFindsProviderFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault  string
		cause  func(*setUp)
		name   string // of the check that finds it
		status Status
		detail string
		remedy string
	}{
		{"down", answer(authtest.DiscoveryEndpoint, authtest.Status(503)), "issuer", Error, "503", "HTTPS_PROXY"},
		{"no document", func(s *setUp) { s.config.Issuer = strings.TrimSuffix(s.Issuer(), "/oauth2/token") + "/other" }, "issuer", Error, "no discovery document", "AUTH_ASGARDEO_ISSUER"},
		{"another issuer", edit(map[string]any{"issuer": "https://id.example.com"}), "issuer", Error, "https://id.example.com", "Info tab"},
		{"a page instead of the document", answer(authtest.DiscoveryEndpoint, authtest.HTML), "issuer", Error, "HTML page", "AUTH_ASGARDEO_ISSUER"},
		{"the discovery endpoint fails", answer(authtest.DiscoveryEndpoint, authtest.Status(503)), "issuer", Error, "503", "provider's status"},
		{"a certificate that is not trusted", untrusted, "issuer", Error, "certificate", "SSL_CERT_FILE"},
		{"an endpoint is missing", edit(map[string]any{"token_endpoint": nil}), "endpoints", Error, "has no token_endpoint", "token_endpoint"},
		{"an endpoint without https", edit(map[string]any{"userinfo_endpoint": "http://id.example.com/userinfo"}), "endpoints", Error, "without https", "userinfo_endpoint"},
		{"PKCE without S256", edit(map[string]any{"code_challenge_methods_supported": []string{"plain"}}), "PKCE", Warning, "plain", "PKCE"},
		{"pushed requests without an endpoint", edit(map[string]any{"require_pushed_authorization_requests": true, "pushed_authorization_request_endpoint": nil}), "pushed requests", Error, "no endpoint", "pushed_authorization_request_endpoint"},
		{"symmetric ID tokens", edit(map[string]any{"id_token_signing_alg_values_supported": []string{"HS256"}}), "ID token algorithms", Error, "HS256", "RS256"},
		{"no end session endpoint", edit(map[string]any{"end_session_endpoint": nil}), "logout", Warning, "end_session_endpoint", "Choose a provider"},
		{"no front-channel logout", func(s *setUp) { s.config.FrontChannelLogout = true }, "logout", Warning, "front-channel", "AUTH_ASGARDEO_FRONTCHANNEL_LOGOUT"},
		{"clock ahead", date(5 * time.Minute), "clock", Error, "ahead of ours, so its tokens are rejected", "NTP"},
		{"clock ahead, and tokens accepted", date(90 * time.Second), "clock", Warning, "ahead of ours; sign-ins fail from 2m0s", "NTP"},
		{"clock behind", date(-30 * time.Second), "clock", Warning, "behind", "NTP"},
		{"no keys", func(s *setUp) { s.EditKeys(func(doc map[string]any) { doc["keys"] = []any{} }) }, "keys", Error, "publishes none", "Publish a signing key"},
		{"keys unavailable", answer(authtest.JWKSEndpoint, authtest.Status(500)), "keys", Error, "500", "provider's status"},
		{"no keys there", answer(authtest.JWKSEndpoint, authtest.Status(404)), "keys", Error, "404", "Correct jwks_uri"},
		{"a page in place of the keys", answer(authtest.JWKSEndpoint, authtest.HTML), "keys", Error, "HTML page", "Correct jwks_uri"},
		{"a broken key", key(map[string]any{"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "keys", Error, "none at its jwks_uri that can verify", "2048"},
		{"a key for another algorithm", func(s *setUp) {
			s.PublishKeys(authtest.NewKey("ES256"))
			edit(map[string]any{"id_token_signing_alg_values_supported": []string{"RS256"}})(s)
		}, "keys", Error, "none at its jwks_uri that can verify", "an algorithm that the provider announces"},
		{"a wrong secret", func(s *setUp) { s.config.ClientSecret = "not the secret" }, "client authentication", Error, "invalid_client", "AUTH_ASGARDEO_SECRET"},
		{"a wrong client ID", func(s *setUp) { s.config.ClientID = "unknown" }, "client authentication", Error, "invalid_client", "AUTH_ASGARDEO_ID"},
		{"another authentication method", register(authtest.Client{Secret: authtest.ClientSecret, AuthMethod: "client_secret_post", RedirectURIs: []string{redirectURI}}), "client authentication", Error, "client_secret_basic", "AUTH_ASGARDEO_AUTH_METHOD"},
		{"a key that is not registered", unregisteredKey, "client authentication", Error, "client ID and key by private_key_jwt", "AUTH_ASGARDEO_KEY_FILE"},
		{"the code grant is not allowed", answer(authtest.TokenEndpoint, authtest.OAuthError("unauthorized_client")), "client authentication", Error, "unauthorized_client", "grant type Code"},
		{"a page at the token endpoint", answer(authtest.TokenEndpoint, authtest.HTML), "client authentication", Error, "does not exist", "token endpoint"},
		{"the token endpoint fails", answer(authtest.TokenEndpoint, authtest.Status(503)), "client authentication", Warning, "503", "later"},
		{"any secret is accepted", func(s *setUp) {
			s.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_grant"))
			edit(map[string]any{"revocation_endpoint": nil})(s)
		}, "client authentication", Warning, "the same to wrong credentials", "Sign in once"},
		{"the redirect URI is not registered", register(authtest.Client{Secret: authtest.ClientSecret, RedirectURIs: []string{redirectURI + "x"}}), "redirect URI", Error, "the redirect URI " + redirectURI, "Authorized redirect URLs"},
		{"an unknown client", func(s *setUp) { s.config.ClientID = "unknown" }, "redirect URI", Error, "the client ID or the redirect URI", "AUTH_ASGARDEO_ID"},
		{"an error page elsewhere", answer(authtest.AuthorizationEndpoint, errorPage("invalid_callback")), "redirect URI", Error, "invalid_callback", "Protocol tab"},
		{"a page instead of a callback", answer(authtest.AuthorizationEndpoint, authtest.Answer(200, html, "Sorry")), "redirect URI", Warning, "unknown", "Sign in once"},
		{"Microsoft's error page", answer(authtest.AuthorizationEndpoint, authtest.Answer(200, html, "AADSTS50011: the redirect URI …")), "redirect URI", Error, "AADSTS50011", "Protocol tab"},
		{"a scope is rejected", callbackError("invalid_scope"), "redirect URI", Error, "invalid_scope", "AUTH_ASGARDEO_SCOPES"},
		{"the code flow is rejected", callbackError("unauthorized_client"), "redirect URI", Error, "unauthorized_client", "grant type Code"},
		{"the provider has a problem", callbackError("server_error"), "redirect URI", Warning, "server_error", "later"},
		{"redirects without end", answer(authtest.AuthorizationEndpoint, authtest.RedirectTo(string(authtest.AuthorizationEndpoint))), "redirect URI", Error, "redirects", "provider's status"},
		{"the post-logout redirect URI is not registered", answer(authtest.EndSessionEndpoint, authtest.Answer(400, html, "invalid_redirect_uri")), "post-logout redirect URI", Error, "invalid_redirect_uri", "Authorized redirect URLs"},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			s := newSetUp(t)
			test.cause(s)
			checks := s.check(t)
			got := checks["asgardeo: "+test.name]
			if got.Status != test.status || !strings.Contains(got.Detail, test.detail) || !strings.Contains(got.Remedy, test.remedy) {
				t.Errorf("%s: got %+v, want %s, with %q and the remedy %q", test.name, got, test.status, test.detail, test.remedy)
			}
			requireNamesAndRemedies(t, checks, s.config.ClientSecret)
		})
	}
}

// requireNamesAndRemedies checks that each check says something, and what to do if it is
// a problem, without the secret.
func requireNamesAndRemedies(tb testing.TB, checks map[string]Check, secret string) {
	tb.Helper()
	for name, c := range checks {
		problem := c.Status == Warning || c.Status == Error
		if c.Detail == "" || problem != (c.Remedy != "") {
			tb.Errorf("%s: got %+v, want a detail, and a remedy for each problem", name, c)
		}
		if strings.Contains(c.Detail+c.Remedy, secret) {
			tb.Errorf("%s: got the client secret in %+v", name, c)
		}
	}
}

func TestDoctorFindsNoFaultAtProvider(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*setUp){
		"plain": func(*setUp) {},
		"iss parameter": func(s *setUp) {
			edit(map[string]any{"authorization_response_iss_parameter_supported": true})(s)
			s.EditCallback(func(q url.Values) { q.Set("iss", s.Issuer()) })
		},
		"an additional parameter is required": func(s *setUp) {
			s.config.Params = url.Values{"audience": {"api"}}
			s.Handle(authtest.AuthorizationEndpoint, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("audience") != "api" {
						http.Error(w, "invalid_request", http.StatusBadRequest)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
		},
		"pushed requests only": pushedOnly,
		"a key beside the secret": func(s *setUp) {
			register(authtest.Client{Secret: authtest.ClientSecret, PublicKey: addKey(s), RedirectURIs: []string{redirectURI}})(s)
		},
		"client_secret_post":       func(s *setUp) { s.config.AuthMethod = "client_secret_post" },
		"nothing optional is said": edit(map[string]any{"code_challenge_methods_supported": nil, "scopes_supported": nil, "response_types_supported": nil, "id_token_signing_alg_values_supported": nil, "token_endpoint_auth_methods_supported": nil}),
		"the base URL as issuer":   func(s *setUp) { s.config.Issuer = strings.TrimSuffix(s.Issuer(), "/oauth2/token") + "/" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSetUp(t)
			change(s)
			for name, c := range s.check(t) {
				if c.Status != OK || c.Remedy != "" {
					t.Errorf("%s: got %+v, want ok", name, c)
				}
			}
		})
	}
}

func pushedOnly(s *setUp) { edit(map[string]any{"require_pushed_authorization_requests": true})(s) }

// Only the first check fails when the provider cannot be reached; the others are skipped.
func TestDoctorSkipsWhatDependsOnDiscovery(t *testing.T) {
	t.Parallel()
	s := newSetUp(t)
	s.Handle(authtest.DiscoveryEndpoint, authtest.Hang)
	started := time.Now()
	checks := s.check(t)
	if took := time.Since(started); took > 2*checkTimeout {
		t.Errorf("a provider that hangs: got an answer after %s, want at most %s", took, 2*checkTimeout)
	}
	for name, c := range checks {
		want := Skipped
		if name == "asgardeo: issuer" {
			want = Error
		}
		if c.Status != want {
			t.Errorf("%s: got %+v, want %s", name, c, want)
		}
	}
}

// A pushed authorization request is refused with its reason.
func TestDoctorFindsRefusedPushedRequest(t *testing.T) {
	t.Parallel()
	s := newSetUp(t)
	pushedOnly(s)
	s.Handle(authtest.PAREndpoint, authtest.OAuthError("invalid_redirect_uri"))
	got := s.check(t)["asgardeo: redirect URI"]
	if got.Status != Error || !strings.Contains(got.Detail, "invalid_redirect_uri") || !strings.Contains(got.Remedy, "Authorized redirect URLs") {
		t.Errorf("got %+v, want an error with invalid_redirect_uri", got)
	}
}

// For another provider than Asgardeo, no remedy names a menu of its console.
func TestDoctorNamesAsgardeosMenusOnlyThere(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{"asgardeo": true, "keycloak": false} {
		s := newSetUp(t)
		s.config.ID, s.config.ClientSecret = id, "not the secret"
		got := s.check(t)[id+": client authentication"]
		if got.Status != Error || strings.Contains(got.Remedy, "console.asgardeo.io") != want {
			t.Errorf("%s: got %+v, want an error, with a menu of the console: %v", id, got, want)
		}
	}
}

// What a provider writes is cut and made printable, and cannot imitate a line.
func TestDoctorSanitizesProviderText(t *testing.T) {
	t.Parallel()
	hostile := "\x1b[2J\nok       asgardeo: " + strings.Repeat("x", 1000)
	s := newSetUp(t)
	edit(map[string]any{"code_challenge_methods_supported": []string{hostile}, "id_token_signing_alg_values_supported": []string{hostile}})(s)
	s.EditCallback(func(q url.Values) { q.Set("error", hostile) })
	for name, c := range s.check(t) {
		if strings.ContainsAny(c.Detail+c.Remedy, "\x1b\n") || len(c.Detail) > 500 {
			t.Errorf("%s: got %q, want it short and printable", name, c.Detail)
		}
	}
}
