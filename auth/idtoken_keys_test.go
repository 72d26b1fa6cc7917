package auth_test

import (
	"net/http"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The code or the refresh token is used up by the time the keys are fetched, so a
// brief failure of the JWKS endpoint is retried.
func TestIDTokenVerifiedAfterBriefKeyOutage(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.StartWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
	normally := handlerstest.ExpireAccessTokens(a.Provider)
	a.Provider.Handle(authtest.JWKSEndpoint, authtest.Times(2, authtest.Status(503)))
	a.AssertSignInWorks(t, b)
	normally()
	a.Provider.RotateKeys()
	a.Provider.Handle(authtest.JWKSEndpoint, authtest.Times(2, authtest.Status(503)))
	if page := b.Get(handlerstest.StartAPI(t, a, 1).Replicas[0].URL); page.StatusCode != http.StatusOK {
		t.Errorf("the call: got %d %q, want 200; log:\n%s", page.StatusCode, page.Text, a.Log)
	}
}

// Every advertised algorithm that signs with a private key is accepted (Core
// 3.1.3.7 step 7).
func TestIDTokenAcceptedWithAdvertisedAlgorithms(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			signingWith(algorithm)(a)
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
		})
	}
}

// Keys may be rotated between two sign-ins (Core 10.1.1), while the app has the
// old keys cached.
func TestIDTokenAcceptedAfterKeyRotation(t *testing.T) {
	t.Parallel()
	for name, rotate := range map[string]func(*authtest.Provider){
		"before signing":                        func(p *authtest.Provider) { p.RotateKeys() },
		"before signing, the old key withdrawn": func(p *authtest.Provider) { p.PublishKeys(p.RotateKeys()) },
		"after signing":                         func(p *authtest.Provider) { old := p.SigningKey(); p.RotateKeys(); p.SignWith(old) },
		"the same kid with a new key":           renewed,
		"twice within a second":                 func(p *authtest.Provider) { p.RotateKeys(); p.RotateKeys() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			rotate(a.Provider)
			a.AssertSignInWorks(t, b)
			rotate(a.Provider)
			a.AssertSignInWorks(t, b)
		})
	}
}

func renewed(p *authtest.Provider) {
	old := p.SigningKey().KeyID
	k := p.RotateKeys()
	k.KeyID = old
	p.PublishKeys(k)
	p.SignWith(k)
}

// Key sets with unusual members are usable (RFC 7517 section 5).
func TestIDTokenAcceptedWithUnusualKeys(t *testing.T) {
	t.Parallel()
	beside := func(key any) func(*handlerstest.App) {
		return func(a *handlerstest.App) {
			a.Provider.EditKeys(func(doc map[string]any) { doc["keys"] = append([]any{key}, doc["keys"].([]any)...) })
		}
	}
	for name, set := range map[string]func(*handlerstest.App){
		"no kid, one key (rp-id_token-kid-absent-single-jwks)": header("kid", nil),
		"no kid, several keys (rp-id_token-kid-absent-multiple-jwks)": func(a *handlerstest.App) {
			a.Provider.PublishKeys(attackerKey, a.Provider.SigningKey(), authtest.NewKey("ES256"))
			header("kid", nil)(a)
		},
		"another key under the same kid": func(a *handlerstest.App) {
			twin := attackerKey
			twin.KeyID = a.Provider.SigningKey().KeyID
			a.Provider.PublishKeys(twin, a.Provider.SigningKey())
		},
		"an additional broken key":             beside(map[string]any{"kty": "RSA", "n": "!", "e": "!"}),
		"an additional key of an unknown kind": beside(map[string]any{"kty": "EVIL", "kid": "evil"}),
		"an additional symmetric key":          beside(map[string]any{"kty": "oct", "k": "ZXZpbA"}),
		"an additional number":                 beside(7),
		"keys without alg":                     member("alg", nil),
		"keys without use":                     member("use", nil),
		"keys with unknown members":            member("evil", "evil"),
		"key_ops a string":                     member("key_ops", "verify"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			set(a)
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
		})
	}
}

// member sets a member of every published key; nil removes it.
func member(name string, value any) func(*handlerstest.App) {
	return func(a *handlerstest.App) {
		a.Provider.EditKeys(func(doc map[string]any) {
			for _, key := range doc["keys"].([]any) {
				key.(map[string]any)[name] = value
				if value == nil {
					delete(key.(map[string]any), name)
				}
			}
		})
	}
}
