package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keyLife               = 10 * time.Minute // how long a withdrawn key still verifies
	minRefetch            = 2 * time.Second  // between two fetches that untrusted tokens cause
	minRSABits            = 2048             // RFC 7518 section 3.3
	maxRSABits            = 4096             // verification takes quadratic time; go-jose reads no larger key either
	maxKeys               = 100              // of a set
	maxKeysTried          = 8                // for one ID token
	maxKeysTriedUntrusted = 2                // for one token that anyone can send
)

var errUnknownKey = errors.New("signed with a key that the provider does not publish")

// keysError is why there are no keys: a token whose key may be among them is neither valid
// nor invalid.
type keysError struct{ error }

func (e *keysError) Error() string { return "the provider's keys: " + e.error.Error() }

func (e *keysError) Unwrap() error { return e.error }

// keySet is the provider's published keys (Core 10.1), as an oidc.KeySet. zitadel's own
// keeps keys forever, fetches for every unknown kid, fails for all callers if one
// browser disconnects, never sees a new key under an old kid, and rejects the whole set for
// one unreadable key.
type keySet struct {
	provider *Provider
	url      string

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the last fetch that succeeded
	tried   time.Time // the last fetch, successful or not
	failure error     // of the last fetch

	semaphore chan struct{} // for tokens that anyone can send: one at a time
}

func newKeySet(p *Provider, url string) *keySet {
	return &keySet{provider: p, url: url, semaphore: make(chan struct{}, 1)}
}

// VerifySignature returns the payload of a token that one of the provider's keys signed.
// If no known key fits, it fetches the keys again, because the provider may have just
// rotated them. It is for tokens from the token endpoint, each of which cost a code.
func (k *keySet) VerifySignature(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	return k.verify(ctx, 0, func(keys []jose.JSONWebKey) ([]byte, error) { return tryKeys(jws, keys, maxKeysTried) })
}

// rateLimited is a keySet for tokens that anyone can send. It fetches keys at most once
// per minRefetch, verifies one token at a time, and tries two keys at most.
type rateLimited struct{ *keySet }

func (s rateLimited) VerifySignature(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	return s.verify(ctx, minRefetch, func(keys []jose.JSONWebKey) ([]byte, error) {
		select {
		case s.semaphore <- struct{}{}:
			defer func() { <-s.semaphore }()
			return tryKeys(jws, keys, maxKeysTriedUntrusted)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	})
}

// verify tries the known keys and, if the last fetch is longer ago than an interval, those
// of a new one.
func (k *keySet) verify(ctx context.Context, interval time.Duration, try func([]jose.JSONWebKey) ([]byte, error)) ([]byte, error) {
	keys, recent, failure := k.cached(interval)
	payload, err := try(keys)
	switch {
	case err != nil && recent && failure != nil:
		return nil, failure // the keys that are missing may have the token's
	case err == nil || recent:
		return payload, err
	}
	if keys, err = k.fetch(ctx); err != nil {
		return nil, err
	}
	return try(keys)
}

// cached returns the keys, unless they are too old, whether the last fetch is too recent
// for another one, and the error of that fetch.
func (k *keySet) cached(interval time.Duration) (keys []jose.JSONWebKey, recent bool, failure error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.provider.Now()
	if now.Sub(k.fetched) < keyLife {
		keys = k.keys
	}
	return keys, now.Sub(k.tried) < interval, k.failure
}

// fetch fetches the keys, once for all callers, with its own time limit.
func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	return k.provider.fetches.Do(ctx, k.url, func() ([]jose.JSONWebKey, error) {
		ctx, cancel := context.WithTimeout(k.provider.lifetime, callLimit)
		defer cancel()
		keys, err := k.provider.fetchKeys(ctx, k.url)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.tried, k.failure = k.provider.Now(), nil
		if err != nil {
			k.failure = &keysError{err}
			return nil, k.failure
		}
		k.keys, k.fetched = keys, k.tried
		return keys, nil
	})
}

// fetchKeys reads a JWK Set (RFC 7517 section 5) key by key: an unusable key must not
// invalidate the others.
func (p *Provider) fetchKeys(ctx context.Context, url string) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := p.fetchJSON(ctx, endpointKeys, url, &set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && usable(&key) && len(keys) < maxKeys {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func usable(key *jose.JSONWebKey) bool {
	if public, ok := key.Key.(*rsa.PublicKey); ok && (public.N.BitLen() < minRSABits || public.N.BitLen() > maxRSABits) {
		return false
	}
	return key.Valid() && key.IsPublic() && key.Use != "enc"
}

// tryKeys tries the keys that may have signed a token. A provider with several keys names
// the signing key (Core 10.1), so that few have to be tried.
func tryKeys(jws *jose.JSONWebSignature, keys []jose.JSONWebKey, limit int) ([]byte, error) {
	candidates := matchingKeys(jws.Signatures[0].Header, keys)
	if len(candidates) == 0 {
		return nil, errUnknownKey
	}
	for _, key := range candidates[:min(len(candidates), limit)] {
		if payload, err := jws.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, errors.New("the signature does not fit the provider's key")
}

// matchingKeys returns the keys that may have signed a token with this header: those of
// its kid, or all of them without a kid.
func matchingKeys(header jose.Header, keys []jose.JSONWebKey) []*jose.JSONWebKey {
	var fitting []*jose.JSONWebKey
	for i, key := range keys {
		named := header.KeyID == "" || key.KeyID == header.KeyID
		meant := key.Algorithm == "" || key.Algorithm == header.Algorithm
		if named && meant && matchesAlgorithm(key.Key, header.Algorithm) {
			fitting = append(fitting, &keys[i])
		}
	}
	return fitting
}

// matchesAlgorithm reports whether a key is for an algorithm (RFC 7518 section 3.1).
func matchesAlgorithm(key any, algorithm string) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS")
	case *ecdsa.PublicKey:
		return curves[algorithm] == key.Curve
	case ed25519.PublicKey:
		return algorithm == string(jose.EdDSA)
	}
	return false
}

// curves are those of RFC 7518 section 3.4.
var curves = map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}
