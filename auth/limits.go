package auth

import (
	"encoding/json"

	"latchkey/auth/internal/oidc"
)

// Limits of the values from a provider in a record, in bytes: each request opens the
// summary, and a person can have many sessions.
const (
	maxName    = 256
	maxEmail   = 320 // RFC 5321 section 4.5.3.1 allows no more
	maxPicture = 2 << 10
	maxScope   = 4 << 10
	maxClaims  = 32 << 10
)

// fit cuts or drops values that are too long. A token cannot be cut: one that
// is too long is an error.
func (r *record) fit() error {
	for _, token := range []string{r.IDToken, r.AccessToken, r.RefreshToken} {
		if len(token) > oidc.MaxToken {
			return errorf(ProviderFault, r.Provider, "a token has %d bytes, and at most %d are kept", len(token), oidc.MaxToken)
		}
	}
	r.Name, r.Scope = oidc.Cut(r.Name, maxName), oidc.Cut(r.Scope, maxScope)
	if len(r.Email) > maxEmail {
		r.Email = "" // the beginning of an address is another address
	}
	if len(r.Picture) > maxPicture {
		r.Picture = ""
	}
	if len(r.Claims) > maxClaims {
		r.Claims = toJSON(fewer(fromJSON[json.RawMessage](r.Claims)))
	}
	return nil
}

// fewer drops the longest claims until the others fit. It drops groups and
// roles last, because they decide what a person may do.
func fewer(all map[string]json.RawMessage) map[string]json.RawMessage {
	for len(all) > 0 && len(toJSON(all)) > maxClaims {
		longest, length := "", -1
		for name, value := range all {
			size := len(name) + len(value)
			if name == "groups" || name == "roles" {
				size = 0
			}
			if size > length {
				longest, length = name, size
			}
		}
		delete(all, longest)
	}
	return all
}
