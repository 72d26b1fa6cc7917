package authtest

import (
	"context"
	"crypto/rsa"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// SigningKey returns the key that signs now.
func (p *Provider) SigningKey() Key { return p.current().signingKey }

// SignWith changes the signing key, and publishes nothing: a relying party meets a key
// that the JWKS document does not contain.
func (p *Provider) SignWith(k Key) { p.change(func(c *changes) { c.signingKey = k }) }

// PublishKeys sets the keys of the JWKS document. Keys without a public key are left out.
func (p *Provider) PublishKeys(keys ...Key) {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Public() == nil })
	p.change(func(c *changes) { c.published, p.everPublished = keys, append(p.everPublished, keys...) })
}

// RotateKeys makes a new key of the same algorithm, publishes it before the old ones,
// and signs with it. It returns the new key.
func (p *Provider) RotateKeys() Key {
	k := NewKey(p.SigningKey().Algorithm)
	p.PublishKeys(append([]Key{k}, p.current().published...)...)
	p.change(func(c *changes) { c.signingKey, p.made = k, append(p.made, k) })
	return k
}

// releaseKeys lets other providers have the keys that this one has made.
func (p *Provider) releaseKeys() {
	for _, k := range append(p.made, p.key) {
		if private, ok := k.Private.(*rsa.PrivateKey); ok {
			select {
			case freeKeys <- private:
			default: // there are enough
			}
		}
	}
}

// sign signs an ID token or a logout token after an edit. It sets the times, because op
// does not know the provider's clock.
func (c changes) sign(typ string, claims map[string]any, lifetime time.Duration, edits ...func(header, claims map[string]any)) string {
	now := c.now().Truncate(time.Second)
	claims["iat"], claims["exp"] = float64(now.Unix()), float64(now.Add(lifetime).Unix())
	header := c.signingKey.header()
	header["typ"] = typ
	for _, edit := range edits {
		if edit != nil {
			edit(header, claims)
		}
	}
	return c.signingKey.compact(header, mustJSON(claims))
}

// SigningKey gives op a key whose signatures the token endpoint replaces.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	k := replacedKey()
	return opKey{k, k.Private}, nil
}

var replacedKey = sync.OnceValue(func() Key { return NewKey("ES256") })

// KeySet gives op the keys to verify an id_token_hint with.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	s.provider.mu.RLock()
	defer s.provider.mu.RUnlock()
	var keys []op.Key
	for _, k := range s.provider.everPublished {
		keys = append(keys, opKey{k, k.Public()})
	}
	return keys, nil
}

// opKey implements op.SigningKey and op.Key.
type opKey struct {
	key  Key
	half any // the private key or the public key
}

func (k opKey) ID() string                                  { return k.key.KeyID }
func (k opKey) Algorithm() jose.SignatureAlgorithm          { return jose.SignatureAlgorithm(k.key.Algorithm) }
func (k opKey) SignatureAlgorithm() jose.SignatureAlgorithm { return k.Algorithm() }
func (k opKey) Use() string                                 { return "sig" }
func (k opKey) Key() any                                    { return k.half }
