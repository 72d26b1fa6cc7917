package oidc

import (
	"maps"
	"math"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Claims are the members of a JSON object from a provider, read leniently: a claim of
// the wrong type is absent. zitadel's types reject the whole token for a numeric
// email_verified. Member names are compared exactly.
type Claims map[string]any

// Text returns a string.
func (c Claims) Text(name string) string {
	s, _ := c[name].(string)
	return s
}

// List returns a claim that may be one string or several, as aud and groups may be. It
// reports false for any other type, and for a list with an item that is no string, which
// it leaves out.
func (c Claims) List(name string) (list []string, ok bool) {
	switch value := c[name].(type) {
	case string:
		return []string{value}, true
	case []any:
		ok = true
		for _, item := range value {
			if s, isText := item.(string); isText {
				list = append(list, s)
			} else {
				ok = false
			}
		}
	}
	return list, ok
}

// Names is List for groups, roles and lists of the provider's metadata, of which what can
// be read counts. In aud, another item makes the token invalid.
func (c Claims) Names(name string) []string {
	if c[name] == "" {
		return nil
	}
	names, _ := c.List(name)
	return names
}

// Flag reports whether a member is true, which some providers write as a string.
func (c Claims) Flag(name string) bool { return c[name] == true || c.Text(name) == "true" }

// Time returns a NumericDate (RFC 7519 section 2).
func (c Claims) Time(name string) (time.Time, bool) {
	seconds, ok := c[name].(float64)
	if !ok || math.Abs(seconds) > 1e12 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(seconds * 1000)), true
}

// Name returns the person's name, from the claim that they recognize best. A new
// Asgardeo app sends only sub.
func (c Claims) Name() string {
	full := strings.TrimSpace(c.Text("given_name") + " " + c.Text("family_name"))
	for _, name := range []string{c.Text("name"), full, c.Text("preferred_username"), c.Text("username"), c.Text("email"), c.Text("sub")} {
		if name = Readable(name); name != "" {
			return name
		}
	}
	return ""
}

// Readable removes control characters from a name, and those that change the direction
// of the text around them (UAX 9 section 2): with these one name can be made to look
// like another. Joiners stay, which some scripts need.
func Readable(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, name))
}

// Picture returns the URL of the person's picture, if it is https.
func (c Claims) Picture() string {
	u, err := url.Parse(c.Text("picture"))
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// protocolClaims are about the token, not about the person.
var protocolClaims = []string{"at_hash", "c_hash", "nonce", "azp", "aud", "iss", "iat", "exp", "nbf", "jti", "sid", "isk", "client_id"}

// Personal returns the claims without the protocolClaims.
func (c Claims) Personal() Claims {
	p := maps.Clone(c)
	for _, name := range protocolClaims {
		delete(p, name)
	}
	return p
}
