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

	"latchkey/auth/internal/sealed"
)

// maxCookie is the longest value that browsers keep (RFC 6265 section 6.1
// promises 4096 bytes for name, value and attributes together).
const maxCookie = 4000

const (
	sessionCookie = "latchkey.session"
	signInCookie  = "latchkey.signin."  // + the beginning of the state
	signOutCookie = "latchkey.signout." // + the beginning of the state
	noticeCookie  = "latchkey.notice"
)

// cookieName is a cookie's name as the browser has it. Under https it gets the
// prefix with which browsers refuse it from siblings of our host, from plain
// http and with another path (RFC 6265bis section 4.1.3.2).
func (a *Auth) cookieName(name string) string {
	if a.secure {
		return "__Host-" + name
	}
	return name
}

// cookie makes one of our cookies; maxAge of 0 or less clears it.
func (a *Auth) cookie(name, value string, maxAge time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(maxAge.Seconds()),
		HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode,
	}
	if c.MaxAge <= 0 {
		c.Value, c.MaxAge = "", -1
	}
	return c
}

// sealedCookie makes a cookie whose value only this app can read, until maxAge
// has passed.
func (a *Auth) sealedCookie(p sealed.Purpose, name string, content any, maxAge time.Duration) *http.Cookie {
	var plain bytes.Buffer
	write := json.NewEncoder(&plain)
	write.SetEscapeHTML(false) // it makes six bytes of each & in a callback URL
	if err := write.Encode(content); err != nil {
		panic(err) // only for types that JSON has no form for
	}
	if c, ok := content.(callbackHolder); ok {
		plain.WriteByte(0) // which JSON never has in it
		plain.Write(packURL(*c.callback()))
	}
	sealed := a.sealer.Seal(p, name, plain.Bytes(), a.now().Add(maxAge))
	return a.cookie(name, base64.RawURLEncoding.EncodeToString(sealed), maxAge)
}

// openCookie reads a cookie that sealedCookie made into content. It reports
// false for one that is missing, doubled, too long, tampered with or expired:
// to us, such a cookie does not exist.
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
		*c.callback() = a.callbackURL(unpackURL(packed)) // judged again: whoever had AUTH_SECRET could seal another
	}
	return true
}

// cookiesUnder returns the browser's cookies that begin with prefix, under
// their names without __Host-.
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
	// maxCookieLine is the longest cookie of ours, in bytes and with its
	// attributes: the headers that every answer has take the rest.
	maxCookieLine = 2750
	// packedAbove is the length from which a callback URL is packed.
	packedAbove = 256
	// usedMemory is the longest callback URL that a finished sign-in keeps: the
	// answer that finishes it has the same URL in its Location.
	usedMemory = 256
)

// callbackHolder is what a cookie holds that remembers a callback URL, which is
// sealed behind the JSON of the rest.
type callbackHolder interface{ callback() *string }

func (s *signIn) callback() *string    { return &s.CallbackURL }
func (out *signOut) callback() *string { return &out.CallbackURL }

// packURL shortens a long URL to the information in its characters, by Huffman
// codes, and does so by itself: packed with secrets, its length would tell of them.
func packURL(url string) []byte {
	if len(url) <= packedAbove {
		return append([]byte{0}, url...)
	}
	var b bytes.Buffer
	b.WriteByte(1)
	w, err := flate.NewWriter(&b, flate.HuffmanOnly)
	if err != nil {
		panic(err) // only for a level that there is not
	}
	io.WriteString(w, url)
	w.Close()
	return b.Bytes()
}

// unpackURL returns what packURL was given; "" for anything else.
func unpackURL(packed []byte) string {
	if len(packed) == 0 {
		return ""
	}
	if packed[0] == 0 {
		return string(packed[1:])
	}
	url, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), maxCallbackURL+1))
	if err != nil {
		return ""
	}
	return string(url)
}

// firstFitting returns the first cookie that is short enough, of ones that remember
// less and less; the last one in any case.
func firstFitting(cookie *http.Cookie, less ...func() *http.Cookie) *http.Cookie {
	for _, shorter := range less {
		if len(cookie.String()) <= maxCookieLine {
			break
		}
		cookie = shorter()
	}
	return cookie
}

// BrowserCookie tells browsers apart where addresses cannot: see Browser.
const (
	BrowserCookie = "latchkey.browser"
	browserLife   = 24 * time.Hour
)

// Browser returns an id of the browser that sent a request, from a cookie that
// only this app can make; empty where it has none. Limits use it where all
// requests arrive from one address. It says nothing about the person.
func (a *Auth) Browser(r *http.Request) string {
	var id string
	a.openCookie(&request{cookies: r.Cookies()}, forBrowser, BrowserCookie, &id)
	return id
}

// NewBrowser returns the cookie by which Browser knows a browser again.
func (a *Auth) NewBrowser() *http.Cookie {
	return a.sealedCookie(forBrowser, BrowserCookie, rand.Text(), browserLife)
}
