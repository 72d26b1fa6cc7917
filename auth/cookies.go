package auth

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"latchkey/auth/internal/publicurl"
	"latchkey/auth/internal/sealed"
)

// maxCookie is the longest value that browsers keep: RFC 6265 section 6.1
// guarantees 4096 bytes for name, value and attributes together.
const maxCookie = 4000

const (
	sessionCookie = "latchkey.session"
	signInCookie  = "latchkey.signin."  // + the first characters of the state
	signOutCookie = "latchkey.signout." // + the first characters of the state
	noticeCookie  = "latchkey.notice"
)

// cookieName returns the name of a cookie in the browser. Under https it starts
// with __Host-, so that browsers reject the cookie from sibling hosts, from
// plain http and with another path (RFC 6265bis section 4.1.3.2).
func (a *Auth) cookieName(name string) string {
	if a.url.Secure {
		return "__Host-" + name
	}
	return name
}

// cookie returns one of our cookies. A maxAge of 0 or less clears it.
func (a *Auth) cookie(name, value string, maxAge time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(maxAge.Seconds()),
		HttpOnly: true, Secure: a.url.Secure, SameSite: http.SameSiteLaxMode,
	}
	if c.MaxAge <= 0 {
		c.Value, c.MaxAge = "", -1
	}
	return c
}

// sealedCookie returns a cookie whose value only this app can read, until
// maxAge has passed.
func (a *Auth) sealedCookie(p sealed.Purpose, name string, content any, maxAge time.Duration) *http.Cookie {
	var plain bytes.Buffer
	write := json.NewEncoder(&plain)
	write.SetEscapeHTML(false) // it would write each & of a callback URL as six bytes
	if err := write.Encode(content); err != nil {
		panic(err) // only for types that JSON cannot encode
	}
	if c, ok := content.(callbackHolder); ok {
		plain.WriteByte(0) // JSON contains no zero byte
		plain.Write(packURL(*c.callback()))
	}
	sealed := a.sealer.Seal(p, name, plain.Bytes(), a.now().Add(maxAge))
	return a.cookie(name, base64.RawURLEncoding.EncodeToString(sealed), maxAge)
}

// openCookie decodes a cookie of sealedCookie into content. It reports false
// for a cookie that is missing, duplicated, too long, changed or expired.
func (a *Auth) openCookie(req *request, p sealed.Purpose, name string, content any) bool {
	value, ok := req.cookie(a.cookieName(name))
	return ok && a.openValue(p, name, value, content)
}

func (a *Auth) openValue(p sealed.Purpose, name, value string, content any) bool {
	if len(value) > maxCookie {
		return false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(value)
	if err != nil {
		return false
	}
	plain, ok := a.sealer.Open(p, name, sealed)
	object, packed, _ := bytes.Cut(plain, []byte{0})
	if !ok || json.Unmarshal(object, content) != nil {
		return false
	}
	if c, ok := content.(callbackHolder); ok {
		*c.callback() = a.url.CallbackURL(unpackURL(packed)) // checked again: anyone with AUTH_SECRET could seal another
	}
	return true
}

// cookiesUnder returns the cookies whose names start with prefix, without the
// prefix __Host- in their names.
func (a *Auth) cookiesUnder(req *request, prefix string) []http.Cookie {
	var found []http.Cookie
	full := a.cookieName(prefix)
	for _, c := range req.cookies {
		if rest, ok := strings.CutPrefix(c.Name, full); ok {
			found = append(found, http.Cookie{Name: prefix + rest, Value: c.Value})
		}
	}
	return found
}

const (
	// maxCookieLine limits one cookie with its attributes, in bytes, so that all
	// headers of a response fit into 3.5 KB (see package handlers).
	maxCookieLine = 2750
	// packedAbove is the length above which a callback URL is compressed.
	packedAbove = 256
	// usedMemory is the longest callback URL in the cookie of a finished sign-in: the
	// response that sets it has the same URL in its Location.
	usedMemory = 256
)

// callbackHolder is the content of a cookie with a callback URL, which is
// sealed after the JSON of the other fields.
type callbackHolder interface{ callback() *string }

func (s *signIn) callback() *string    { return &s.CallbackURL }
func (out *signOut) callback() *string { return &out.CallbackURL }

// packURL compresses a long URL with Huffman codes. It is compressed alone:
// together with secrets, the length would reveal them.
func packURL(url string) []byte {
	if len(url) <= packedAbove {
		return append([]byte{0}, url...)
	}
	var b bytes.Buffer
	b.WriteByte(1)
	w, err := flate.NewWriter(&b, flate.HuffmanOnly)
	if err != nil {
		panic(err) // only for an invalid level
	}
	io.WriteString(w, url)
	w.Close()
	return b.Bytes()
}

// unpackURL is the inverse of packURL. It returns "" for anything else.
func unpackURL(packed []byte) string {
	if len(packed) == 0 {
		return ""
	}
	if packed[0] == 0 {
		return string(packed[1:])
	}
	url, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), publicurl.MaxCallbackURL+1))
	if err != nil {
		return ""
	}
	return string(url)
}

// firstFitting returns the first cookie that is short enough, or the last one.
// Each keeps less than the one before.
func firstFitting(cookie *http.Cookie, less ...func() *http.Cookie) *http.Cookie {
	for _, shorter := range less {
		if len(cookie.String()) <= maxCookieLine {
			break
		}
		cookie = shorter()
	}
	return cookie
}

// BrowserCookie identifies a browser: see Browser.
const (
	BrowserCookie = "latchkey.browser"
	browserLife   = 24 * time.Hour
)

// Browser returns the ID of the browser that sent a request, from a cookie that
// only this app can make, or "". Rate limits use it where all requests come
// from one address. It does not identify the person.
func (a *Auth) Browser(r *http.Request) string {
	var id string
	a.openCookie(&request{cookies: r.Cookies()}, forBrowser, BrowserCookie, &id)
	return id
}

// NewBrowser returns a cookie that identifies a browser.
func (a *Auth) NewBrowser() *http.Cookie {
	return a.sealedCookie(forBrowser, BrowserCookie, rand.Text(), browserLife)
}
