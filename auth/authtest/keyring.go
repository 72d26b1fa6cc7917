package authtest

import (
	"context"
	"slices"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// SigningKey returns the key that signs at the moment.
func (p *Provider) SigningKey() Key {
	k, _ := p.knobs.now()
	return k
}

// SignWith signs with another key from now on, and publishes nothing: a relying party
// sees a key, or a kid, that it cannot find.
func (p *Provider) SignWith(k Key) { p.knobs.turn(func(m *misbehaviour) { m.signer = k }) }

// PublishKeys makes these the only keys of the JWKS document; none empties it. Keys
// without a public half are left out.
func (p *Provider) PublishKeys(keys ...Key) {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Public() == nil })
	p.knobs.turn(func(m *misbehaviour) { m.published = keys })
	p.knobs.mu.Lock()
	defer p.knobs.mu.Unlock()
	p.knobs.ever = append(p.knobs.ever, keys...)
}

// RotateKeys makes a new key of the same algorithm, signs with it, and publishes it
// before the old ones. It returns the new key.
func (p *Provider) RotateKeys() Key {
	k := NewKey(p.SigningKey().Algorithm)
	p.PublishKeys(append([]Key{k}, p.knobs.published()...)...)
	p.SignWith(k)
	return k
}

func (k *knobs) published() []Key {
	_, m := k.now()
	return m.published
}

func (k *knobs) everPublished() []Key {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Clone(k.ever)
}

// algorithms names those of the published keys.
func (k *knobs) algorithms() []string {
	var names []string
	for _, key := range k.published() {
		names = append(names, key.Algorithm)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// SigningKey gives op a key whose signature nobody ever sees: the token endpoint
// signs ID tokens anew.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	return opKey{unseenKey(), true}, nil
}

var unseenKey = sync.OnceValue(func() Key { return NewKey("ES256") })

// KeySet gives op the keys by which it knows an id_token_hint of ours: all that ever
// were published, since a hint may be old.
func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	var keys []op.Key
	for _, k := range s.knobs.everPublished() {
		keys = append(keys, opKey{k, false})
	}
	return keys, nil
}

// opKey is a Key in the words of op.
type opKey struct {
	key     Key
	private bool
}

func (k opKey) ID() string                                  { return k.key.KeyID }
func (k opKey) Algorithm() jose.SignatureAlgorithm          { return jose.SignatureAlgorithm(k.key.Algorithm) }
func (k opKey) SignatureAlgorithm() jose.SignatureAlgorithm { return k.Algorithm() }
func (k opKey) Use() string                                 { return "sig" }

// Key returns the private half to sign with, and the public half to verify with.
func (k opKey) Key() any {
	if k.private {
		return k.key.Private
	}
	return k.key.Public()
}
