package cookies

import (
	"bytes"
	"compress/flate"
	"io"

	"latchkey/auth/internal/publicurl"
)

// packedAbove is the length above which a callback URL is compressed, in bytes.
const packedAbove = 256

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
