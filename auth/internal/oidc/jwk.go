package oidc

import (
	"encoding/json"

	"github.com/go-jose/go-jose/v4"
)

// optionalKeyMembers describe a key (RFC 7517 section 4). It verifies without them.
var optionalKeyMembers = []string{"kid", "alg", "use", "x5u", "x5t", "x5t#S256"}

// readKey reads a key. An optional member of the wrong type is ignored: the key may be
// the only one.
func readKey(raw json.RawMessage) (key jose.JSONWebKey, ok bool) {
	if key.UnmarshalJSON(raw) == nil {
		return key, true
	}
	var members Claims
	if uniqueMembers(raw) != nil || json.Unmarshal(raw, &members) != nil || !members.dropOddKeyMembers() {
		return key, false
	}
	raw, err := json.Marshal(members)
	return key, err == nil && key.UnmarshalJSON(raw) == nil
}

// dropOddKeyMembers reports false for a key that must not be used: a list in use may say
// that the key is for encryption.
func (c Claims) dropOddKeyMembers() bool {
	for _, name := range optionalKeyMembers {
		switch c[name].(type) {
		case string:
		case []any, map[string]any:
			if name == "use" {
				return false
			}
			delete(c, name)
		default:
			delete(c, name)
		}
	}
	if _, list := c.List("x5c"); !list || c.Text("x5c") != "" {
		delete(c, "x5c")
	}
	return true
}
