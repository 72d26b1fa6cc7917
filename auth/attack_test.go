package auth

import (
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"latchkey/auth/authtest"
)

// How long a state lasts (RFC 9700 section 4.7.1): until it is too late it
// works, then it says so, and in the end it is as good as none.
func TestStateExpires(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		after time.Duration
		want  Code
	}{
		{29 * time.Minute, ProviderRefused}, // the provider is asked, and does not know the code
		{31 * time.Minute, StateExpired},
		{59 * time.Minute, StateExpired},
		{61 * time.Minute, StateUnknown},
	} {
		t.Run(c.after.String(), func(t *testing.T) {
			t.Parallel()
			a, clock := newAuth(t, openStore(t, "memory:"))
			p := newProviderFor(t, a)
			query, cookies := toProvider(t, a, authtest.NewBrowser(t))
			query.Set("code", "forged")
			clock.pass(c.after)
			_, err := a.Callback(newTestRequest(t, a, cookies...), "asgardeo", query)
			wantCode(t, "the callback", err, c.want)
			if asked := p.Requests(authtest.TokenEndpoint) > 0; asked != (c.want == ProviderRefused) {
				t.Errorf("whether the provider was asked: got %v, want %v", asked, !asked)
			}
		})
	}
}

// A state is bound to the redirect URI that it was begun with: a change of
// AUTH_URL on the way makes it another app's (RFC 6749 section 10.12).
func TestStateOfAnotherRedirectURI(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	a, _ := newAuth(t, s)
	newProviderFor(t, a)
	query, cookies := toProvider(t, a, authtest.NewBrowser(t))
	moved, _ := newAuth(t, s, func(c *Config) { c.URL = "http://localhost:3001" })
	_, err := moved.Callback(newTestRequest(t, moved, cookies...), "asgardeo", query)
	wantCode(t, "the callback", err, StateUnknown)
}

// A withdrawn key verifies no longer than keys are kept (Core 10.1.1).
func TestWithdrawnKey(t *testing.T) {
	t.Parallel()
	p, clock := authtest.Start(t), newClock()
	keys := newKeySet(p.Endpoint(authtest.JWKSEndpoint), newClient(transport()), clock.time)
	stolen := p.SigningKey()
	jws := parseSigned(t, stolen.Sign(nil, []byte("{}")))
	for _, step := range []struct {
		name string
		pass time.Duration
		want bool
	}{
		{"published", 0, true},
		{"withdrawn a moment ago", 0, true},
		{"withdrawn before the keys were last fetched", keyLife, false},
	} {
		clock.pass(step.pass)
		if _, err := keys.VerifySignature(t.Context(), jws); (err == nil) != step.want {
			t.Errorf("%s: got error %v, want it to verify is %v", step.name, err, step.want)
		}
		p.PublishKeys(authtest.NewKey("ES256"))
	}
}

// Forged logout tokens make us fetch keys now and then, and a provider whose
// keys cannot be had is not asked more often for it.
func TestForgedTokensFetchKeysNowAndThen(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]authtest.Fault{"good keys": nil, "no keys": authtest.Status(500)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, clock := authtest.Start(t), newClock()
			p.Handle(authtest.JWKSEndpoint, fault)
			keys := rateLimited{newKeySet(p.Endpoint(authtest.JWKSEndpoint), newClient(transport()), clock.time)}
			forged := parseSigned(t, authtest.NewKey("RS256").Sign(nil, []byte("{}")))
			for range 100 { // in 10 s
				if _, err := keys.VerifySignature(t.Context(), forged); err == nil {
					t.Fatal("a forged token verifies")
				}
				clock.pass(100 * time.Millisecond)
			}
			if got, most := p.Requests(authtest.JWKSEndpoint), int(10*time.Second/minRefetch)+1; got > most {
				t.Errorf("the keys were fetched %d times, want %d at most", got, most)
			}
		})
	}
}

func parseSigned(tb testing.TB, token string) *jose.JSONWebSignature {
	tb.Helper()
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		tb.Fatal(err)
	}
	return jws
}

// An https issuer cannot send us anywhere without https, not even to a service
// on our own machine (RFC 9700 section 2.6).
func TestDowngrade(t *testing.T) {
	t.Parallel()
	endpoints := map[string]func(*metadata) *string{
		"authorization_endpoint": func(m *metadata) *string { return &m.AuthorizationEndpoint },
		"token_endpoint":         func(m *metadata) *string { return &m.TokenEndpoint },
		"jwks_uri":               func(m *metadata) *string { return &m.JWKSURI },
		"userinfo_endpoint":      func(m *metadata) *string { return &m.UserinfoEndpoint },
		"revocation_endpoint":    func(m *metadata) *string { return &m.RevocationEndpoint },
		"end_session_endpoint":   func(m *metadata) *string { return &m.EndSessionEndpoint },
		"pushed requests":        func(m *metadata) *string { return &m.PushedEndpoint },
	}
	for name, endpoint := range endpoints {
		for _, to := range []string{"http://idp.example/x", "http://localhost:6379/", "http://127.0.0.1/", "http://[::1]/", "HTTP://localhost/"} {
			m := &metadata{Issuer: "https://idp.example", AuthorizationEndpoint: "https://idp.example/a", TokenEndpoint: "https://idp.example/t", JWKSURI: "https://idp.example/j"}
			wantNone := m.check()
			*endpoint(m) = to
			if err := m.check(); err == nil || wantNone != nil {
				t.Errorf("%s at %s under an https issuer: got error %v (before: %v), want one (before: none)", name, to, err, wantNone)
			}
		}
	}
}

// single takes nothing twice, in whatever form (RFC 6749 section 3.1).
func TestSingle(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{"": true, "a=1&b=1": true, "a=1&a=1": false, "a=1&%61=2": false, "a&a": false, "A=1&a=1": true} {
		query, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := noDuplicates(query) == nil; got != want {
			t.Errorf("single(%q): got %v, want %v", raw, got, want)
		}
	}
}
