package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/go-jose/go-jose/v4"

	"latchkey/auth/authtest"
)

// loadKey reads the signing key, or creates one that only its owner may read.
// With the same key after a restart, earlier ID tokens still verify.
func loadKey(path string) (authtest.Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return authtest.Key{}, fmt.Errorf("cannot read the signing key: %w", err)
	}
	var key jose.JSONWebKey
	if json.Unmarshal(text, &key) != nil || key.IsPublic() {
		return authtest.Key{}, fmt.Errorf("%s contains no private key as a JWK: delete it, and the next start creates one", path)
	}
	return authtest.Key{Algorithm: key.Algorithm, KeyID: key.KeyID, Private: key.Key}, nil
}

func createKey(path string) (authtest.Key, error) {
	key := authtest.NewKey("RS256")
	text, err := json.Marshal(jose.JSONWebKey{Key: key.Private, KeyID: key.KeyID, Algorithm: key.Algorithm})
	if err != nil {
		return key, err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return key, fmt.Errorf("cannot save the signing key: %w", err)
	}
	return key, nil
}
