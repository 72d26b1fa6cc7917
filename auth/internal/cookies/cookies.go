// Package cookies makes the app's cookies, and opens those that a browser sends back.
package cookies

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"latchkey/auth/internal/publicurl"
	"latchkey/auth/internal/sealed"
)

const (
	// MaxValue is the longest value that browsers keep: RFC 6265 section 6.1
	// guarantees 4096 bytes for name, value and attributes together.
	MaxValue = 4000
	// MaxLine limits one cookie with its attributes, in bytes, so that all headers of
	// a response fit into maxHeader.
	MaxLine = 2750
)

const hostPrefix = "__Host-"

// Jar makes and opens the cookies of an app.
type Jar struct {
	App    publicurl.URL
	Sealer *sealed.Sealer
	Now    func() time.Time
}

// WithCallbackURL is implemented by the content of a cookie that has a callback URL. The
// URL is sealed after the JSON of the other fields, and checked again when it is opened:
// anyone with AUTH_SECRET could seal another.
type WithCallbackURL interface{ Callback() *string }

// FullName returns the name of a cookie in the browser. Under https it starts with
// __Host-, so that browsers reject the cookie from sibling hosts, from plain http and with
// another path (RFC 6265bis section 4.1.3.2).
func (j *Jar) FullName(name string) string {
	if j.App.Secure {
		return hostPrefix + name
	}
	return name
}

// New returns a cookie. A maxAge of 0 or less clears it.
func (j *Jar) New(name, value string, maxAge time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: j.FullName(name), Value: value, Path: "/", MaxAge: int(maxAge.Seconds()),
		HttpOnly: true, Secure: j.App.Secure, SameSite: http.SameSiteLaxMode,
	}
	if c.MaxAge <= 0 {
		c.Value, c.MaxAge = "", -1
	}
	return c
}

// Seal returns a cookie whose value only this app can read, until maxAge has passed.
func (j *Jar) Seal(p sealed.Purpose, name string, content any, maxAge time.Duration) *http.Cookie {
	var plain bytes.Buffer
	write := json.NewEncoder(&plain)
	write.SetEscapeHTML(false) // it would write each & of a callback URL as six bytes
	if err := write.Encode(content); err != nil {
		panic(err) // only for types that JSON cannot encode
	}
	if c, ok := content.(WithCallbackURL); ok {
		plain.WriteByte(0) // JSON contains no zero byte
		plain.Write(packURL(*c.Callback()))
	}
	sealed := j.Sealer.Seal(p, name, plain.Bytes(), j.Now().Add(maxAge))
	return j.New(name, base64.RawURLEncoding.EncodeToString(sealed), maxAge)
}

// Value returns the value of a cookie, unless there are several of that name: then a
// sibling host planted all but one, and they look the same.
func (j *Jar) Value(all []*http.Cookie, name string) (value string, ok bool) {
	full := j.FullName(name)
	for _, c := range all {
		if c.Name == full && ok {
			return "", false
		}
		if c.Name == full {
			value, ok = c.Value, true
		}
	}
	return value, ok
}

// Others returns the lines of a Cookie header without the app's own cookies, whose names
// start with a prefix.
func (j *Jar) Others(prefix string, lines []string) []string {
	var others []string
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			if pair != "" && !strings.HasPrefix(pair, j.FullName(prefix)) {
				others = append(others, pair)
			}
		}
	}
	if others == nil {
		return nil
	}
	return []string{strings.Join(others, "; ")}
}

// Find decodes a sealed cookie of a request into content. It reports false for a cookie
// that is missing, duplicated, too long, changed or expired.
func (j *Jar) Find(all []*http.Cookie, p sealed.Purpose, name string, content any) bool {
	value, ok := j.Value(all, name)
	return ok && j.Open(p, name, value, content)
}

// Open decodes the value of a sealed cookie into content.
func (j *Jar) Open(p sealed.Purpose, name, value string, content any) bool {
	if len(value) > MaxValue {
		return false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return false
	}
	plain, ok := j.Sealer.Open(p, name, sealed)
	object, packed, _ := bytes.Cut(plain, []byte{0})
	if !ok || json.Unmarshal(object, content) != nil {
		return false
	}
	if c, ok := content.(WithCallbackURL); ok {
		*c.Callback() = j.App.CallbackURL(unpackURL(packed))
	}
	return true
}

// WithPrefix returns the cookies of a request whose names start with a prefix. Their names
// are without __Host-.
func (j *Jar) WithPrefix(all []*http.Cookie, prefix string) []http.Cookie {
	var found []http.Cookie
	full := j.FullName(prefix)
	for _, c := range all {
		if rest, ok := strings.CutPrefix(c.Name, full); ok {
			found = append(found, http.Cookie{Name: prefix + rest, Value: c.Value})
		}
	}
	return found
}

// FirstFitting returns the first cookie that is no longer than MaxLine, or the last one.
// Each keeps less than the one before.
func FirstFitting(cookie *http.Cookie, less ...func() *http.Cookie) *http.Cookie {
	for _, shorter := range less {
		if len(cookie.String()) <= MaxLine {
			break
		}
		cookie = shorter()
	}
	return cookie
}
