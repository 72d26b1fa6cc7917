package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	keyLife     = 10 * time.Minute // then a withdrawn key no longer verifies
	keyInterval = 2 * time.Second  // between two fetches, however many tokens that anyone can send ask for one
	minRSABits  = 2048             // RFC 7518 section 3.3
	maxRSABits  = 8192             // each try takes the square of it: 5 ms here, and 10 s at what fits into a token
	maxKeys     = 100              // of a set; a token that names none is tried with all of them
)

var errUnknownKey = errors.New("signed with a key that the provider does not publish")

// keySet is the provider's published keys (OpenID Connect Core 10.1), as
// zitadel's oidc.KeySet. zitadel's own keeps keys for ever, fetches for every
// unknown kid, lets one closed browser fail all who wait, never learns a new
// key under an old kid, and fails the whole set for one key that it cannot read.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the last fetch that succeeded
	tried   time.Time // the last fetch, whatever came of it
	failure error     // of the last fetch
}

func newKeySet(url string, client *http.Client, now func() time.Time) *keySet {
	return &keySet{url: url, client: client, now: now}
}

// VerifySignature returns the payload of a token that one of the provider's
// keys has signed. Where none of the known keys fits it looks for new ones: the
// provider may have changed them a moment ago. That is for tokens fresh from
// the token endpoint, each of which has cost a code.
func (k *keySet) VerifySignature(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	return k.verify(ctx, jws, 0)
}

// sparing is a keySet for tokens that anyone can send: however many come, it
// looks for new keys at most once each keyInterval.
type sparing struct{ *keySet }

func (s sparing) VerifySignature(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	return s.verify(ctx, jws, keyInterval)
}

func (k *keySet) verify(ctx context.Context, jws *jose.JSONWebSignature, interval time.Duration) ([]byte, error) {
	keys, recent, err := k.atHand(interval)
	if err != nil {
		return nil, err
	}
	payload, err := verify(jws, keys)
	if err == nil || recent {
		return payload, err
	}
	if keys, err = k.renew(ctx); err != nil {
		return nil, err
	}
	return verify(jws, keys)
}

// atHand returns the keys that are not too old, and whether the last fetch is
// so recent that there may not be another: then its failure is the answer.
func (k *keySet) atHand(interval time.Duration) (keys []jose.JSONWebKey, recent bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	recent = now.Sub(k.tried) < interval
	if now.Sub(k.fetched) < keyLife {
		return k.keys, recent, nil
	}
	if recent {
		return nil, recent, k.failure
	}
	return nil, recent, nil
}

// renew fetches the keys, once for all who wait, on its own time.
func (k *keySet) renew(ctx context.Context) ([]jose.JSONWebKey, error) {
	done := k.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.Background(), callLimit)
		defer cancel()
		keys, err := guarded(func() ([]jose.JSONWebKey, error) { return fetchKeys(ctx, k.client, k.url) })
		k.mu.Lock()
		defer k.mu.Unlock()
		k.tried, k.failure = k.now(), err
		if err == nil {
			k.keys, k.fetched = keys, k.tried
		}
		return keys, err
	})
	select {
	case result := <-done:
		keys, _ := result.Val.([]jose.JSONWebKey)
		return keys, result.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// fetchKeys reads a JWK Set (RFC 7517 section 5) key by key: one that we
// cannot use must not take the others with it.
func fetchKeys(ctx context.Context, client *http.Client, url string) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := fetchJSON(ctx, client, url, "", &set); err != nil {
		return nil, fmt.Errorf("the provider's keys: %w", err)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && fit(&key) && len(keys) < maxKeys {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// fit reports whether a key may verify signatures.
func fit(key *jose.JSONWebKey) bool {
	if public, ok := key.Key.(*rsa.PublicKey); ok && (public.N.BitLen() < minRSABits || public.N.BitLen() > maxRSABits) {
		return false
	}
	return key.Valid() && key.IsPublic() && key.Use != "enc"
}

// verify tries the keys that may have signed the token: those of its kid, or
// all of them where it names none.
func verify(jws *jose.JSONWebSignature, keys []jose.JSONWebKey) ([]byte, error) {
	header := jws.Signatures[0].Header
	failure := errUnknownKey
	for _, key := range keys {
		if header.KeyID != "" && key.KeyID != header.KeyID {
			continue
		}
		if key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		payload, err := jws.Verify(&key)
		if err == nil {
			return payload, nil
		}
		failure = errors.New("the signature does not fit the provider's key")
	}
	return nil, failure
}
