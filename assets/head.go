package assets

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// Head is what every page starts with, the same for everyone. To a browser it is sent
// compressed, with the style sheet in place of the link to it, so that the browser can
// paint as soon as it has the page.
type Head struct {
	html   string        // with the link
	packed func() []byte // the start of a brotli stream
}

// NewHead returns a head from its HTML and the element in it that links to the style
// sheet.
func (a *Assets) NewHead(html, link string) *Head {
	inline := strings.Replace(html, link, "<style>"+string(a.files["app.css"].plain)+"</style>", 1)
	return &Head{html, sync.OnceValue(func() []byte {
		go a.files["app.js"].packed.brotli() // the browser asks for it next
		return packBrotli([]byte(inline), brotliLevel, (*brotli.Writer).Flush)
	})}
}

// AppendCompressed appends to stream a page that starts with the head, in brotli, if accept
// (the values of Accept-Encoding) allows that; otherwise ok is false. What follows the head
// is in the stream as it is: a form token must not be compressed together with text that an
// attacker can choose, because the length would reveal it (BREACH).
func (h *Head) AppendCompressed(stream, page []byte, accept []string) (_ []byte, ok bool) {
	rest, ok := bytes.CutPrefix(page, []byte(h.html))
	if !ok || !accepts(accept, "br") {
		return nil, false
	}
	return appendUncompressed(append(stream, h.packed()...), rest), true
}

const maxBlock = 1 << 16 // bytes in a meta-block with a length of 16 bits

// appendUncompressed appends data to a brotli stream as uncompressed meta-blocks, and
// the end of the stream (RFC 7932 section 9.2).
func appendUncompressed(stream, data []byte) []byte {
	for block := range slices.Chunk(data, maxBlock) {
		header := uint32(len(block)-1)<<3 | 1<<19 // not the last, 16 bits of length, uncompressed
		stream = append(stream, byte(header), byte(header>>8), byte(header>>16))
		stream = append(stream, block...)
	}
	return append(stream, 3) // the last, empty
}
