package authtest_test

import (
	"context"
	"crypto/rsa"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
)

// Each edit changes what its name says, until Reset.
func TestEdits(t *testing.T) {
	t.Parallel()
	mark := func(doc map[string]any) { doc["mark"] = "edited" }
	markToken := func(header, claims map[string]any) { header["mark"], claims["mark"] = "edited", "edited" }
	idToken := func(rp *relyingParty) string {
		return str(rp.t, rp.signIn(authtest.NewBrowser(rp.t), authtest.Ada), "id_token")
	}
	tests := map[string]struct {
		set func(p *authtest.Provider)
		get func(rp *relyingParty) any
	}{
		"discovery": {
			func(p *authtest.Provider) { p.EditDiscovery(mark) },
			func(rp *relyingParty) any { return rp.document(authtest.DiscoveryEndpoint)["mark"] },
		},
		"keys": {
			func(p *authtest.Provider) { p.EditKeys(mark) },
			func(rp *relyingParty) any { return rp.document(authtest.JWKSEndpoint)["mark"] },
		},
		"token response": {
			func(p *authtest.Provider) { p.EditTokenResponse(mark) },
			func(rp *relyingParty) any { return rp.signIn(authtest.NewBrowser(rp.t), authtest.Ada)["mark"] },
		},
		"userinfo": {
			func(p *authtest.Provider) { p.EditUserinfo(mark) },
			func(rp *relyingParty) any {
				access := str(rp.t, rp.signIn(authtest.NewBrowser(rp.t), authtest.Ada), "access_token")
				_, claims := rp.ask(http.MethodGet, authtest.UserinfoEndpoint, access, "")
				return claims["mark"]
			},
		},
		"ID token header": {
			func(p *authtest.Provider) { p.EditIDToken(markToken) },
			func(rp *relyingParty) any { return segment(rp.t, idToken(rp), 0)["mark"] },
		},
		"ID token claims": {
			func(p *authtest.Provider) { p.EditIDToken(markToken) },
			func(rp *relyingParty) any { return segment(rp.t, idToken(rp), 1)["mark"] },
		},
		"logout token": {
			func(p *authtest.Provider) { p.EditLogoutToken(markToken) },
			func(rp *relyingParty) any { return segment(rp.t, rp.provider.LogoutToken(nil), 0)["mark"] },
		},
		"callback": {
			func(p *authtest.Provider) { p.EditCallback(func(q url.Values) { q.Set("mark", "edited") }) },
			func(rp *relyingParty) any {
				if got := query(rp.t, authtest.NewBrowser(rp.t).Cancel(rp.authorizationURL())).Get("mark"); got != "" {
					return got
				}
				return nil
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rp := newRelyingParty(t)
			test.set(rp.provider)
			if got := test.get(rp); got != "edited" {
				t.Errorf("got mark %v, want edited", got)
			}
			rp.provider.Reset()
			if got := test.get(rp); got != nil {
				t.Errorf("after Reset: got mark %v, want none", got)
			}
		})
	}
}

func TestEditIDTokenRemovesHeadersAndClaims(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	rp.provider.EditIDToken(func(header, claims map[string]any) {
		delete(header, "kid")
		delete(claims, "nonce")
	})
	token := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "id_token")
	if kid, ok := segment(t, token, 0)["kid"]; ok {
		t.Errorf("kid: got %v, want none", kid)
	}
	if nonce, ok := segment(t, token, 1)["nonce"]; ok {
		t.Errorf("nonce: got %v, want none", nonce)
	}
}

// A token of any key verifies with its public key and names its algorithm.
func TestSignWith(t *testing.T) {
	t.Parallel()
	rsaKey := authtest.NewKey("RS256")
	for _, alg := range []string{"RS256", "RS512", "PS256", "PS384", "ES256", "ES384", "ES512", "HS256", "none"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			key := authtest.Key{Algorithm: alg}
			verifier := any([]byte("0123456789abcdef0123456789abcdef"))
			switch alg {
			case "none":
			case "HS256":
				key.Private = verifier
			case "ES256", "ES384", "ES512":
				key = authtest.NewKey(alg)
				verifier = key.Public()
			default:
				key.Private, verifier = rsaKey.Private, rsaKey.Public()
			}
			rp := newRelyingParty(t)
			rp.provider.SignWith(key)
			token := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "id_token")
			if got := segment(t, token, 0)["alg"]; got != alg {
				t.Errorf("alg: got %v, want %s", got, alg)
			}
			if alg == "none" {
				return
			}
			jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jws.Verify(verifier); err != nil {
				t.Errorf("verifying: got %v, want no error", err)
			}
		})
	}
}

func TestSigningKeysAndPublishedKeys(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	first := rp.provider.SigningKey().KeyID
	second := rp.provider.RotateKeys()
	steps := []struct {
		name string
		do   func()
		want []string
	}{
		{"rotated", func() {}, []string{second.KeyID, first}},
		{"old key withdrawn", func() { rp.provider.PublishKeys(second) }, []string{second.KeyID}},
		{"signs with an unpublished key", func() { rp.provider.SignWith(authtest.NewKey("ES256")) }, []string{second.KeyID}},
		{"none published", func() { rp.provider.PublishKeys() }, nil},
		{"reset", rp.provider.Reset, []string{first}},
	}
	for _, step := range steps {
		step.do()
		if diff := cmp.Diff(step.want, rp.kids()); diff != "" {
			t.Errorf("%s: published kids (-want +got):\n%s", step.name, diff)
		}
	}
}

func (rp *relyingParty) kids() []string {
	var kids []string
	keys, _ := rp.document(authtest.JWKSEndpoint)["keys"].([]any)
	for _, key := range keys {
		kids = append(kids, key.(map[string]any)["kid"].(string))
	}
	return kids
}

func TestSetClock(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	clock := authtest.NewClock()
	clock.Advance(-10 * time.Minute)
	rp.provider.SetClock(clock.Now)
	token := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "id_token")
	for name, token := range map[string]string{"ID token": token, "logout token": rp.provider.LogoutToken(nil)} {
		iat := time.Unix(int64(segment(t, token, 1)["iat"].(float64)), 0)
		if off := time.Until(iat.Add(10 * time.Minute)).Abs(); off > time.Minute {
			t.Errorf("%s: iat is %v away from ten minutes ago", name, off)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	rp.provider.Handle(authtest.JWKSEndpoint, authtest.Times(1, authtest.Status(http.StatusServiceUnavailable)))
	for range 3 {
		_, _ = do(t, newRequest(t, http.MethodGet, rp.provider.Endpoint(authtest.JWKSEndpoint), ""))
	}
	if got := rp.provider.Requests(authtest.JWKSEndpoint); got != 3 {
		t.Errorf("requests: got %d, want 3, with those that a fault responded to", got)
	}
	rp.provider.Reset()
	if got := rp.provider.Requests(authtest.JWKSEndpoint); got != 0 {
		t.Errorf("requests after Reset: got %d, want 0", got)
	}
}

// For the race detector.
func TestProviderChangesWhileItServes(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	ctx, cancel := context.WithCancel(t.Context())
	var changing sync.WaitGroup
	changing.Go(func() {
		for ctx.Err() == nil {
			rp.provider.EditIDToken(func(_, claims map[string]any) { claims["mark"] = true })
			rp.provider.PublishKeys(rp.provider.SigningKey())
			rp.provider.Handle(authtest.UserinfoEndpoint, authtest.HTML)
			rp.provider.SetClock(time.Now)
			rp.provider.Reset()
		}
	})
	for range 5 {
		rp.signIn(authtest.NewBrowser(t), authtest.Ada)
		rp.document(authtest.JWKSEndpoint)
	}
	cancel()
	changing.Wait()
}

func TestSignAcceptsAnyPayload(t *testing.T) {
	t.Parallel()
	rp := newRelyingParty(t)
	doubled := `{"sub":"one","sub":"two"}`
	rp.provider.EditTokenResponse(func(doc map[string]any) {
		doc["id_token"] = rp.provider.SigningKey().Sign(nil, []byte(doubled))
	})
	token := str(t, rp.signIn(authtest.NewBrowser(t), authtest.Ada), "id_token")
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(jws.UnsafePayloadWithoutVerification()); got != doubled {
		t.Errorf("payload: got %s, want %s", got, doubled)
	}
}

// A key of one provider that another one also has would hide that a client mixes them up.
func TestProvidersShareNoKey(t *testing.T) {
	t.Parallel()
	var keys []authtest.Key
	for range 2 {
		p := authtest.Start(t)
		keys = append(keys, p.SigningKey(), p.RotateKeys(), p.RotateKeys())
	}
	for i, key := range keys {
		for _, other := range keys[:i] {
			if key.Private.(*rsa.PrivateKey).Equal(other.Private) {
				t.Errorf("key %d is shared by two providers, or used twice by one", i)
			}
		}
	}
}
