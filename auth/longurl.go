package auth

import (
	"bytes"
	"compress/flate"
	"io"
	"net/http"
)

// This file makes room for callback URLs in cookies. All headers of an answer
// together stay below 3.5 KB (handlers/budget.go), and a sealed cookie is a third
// longer than what is in it.

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
