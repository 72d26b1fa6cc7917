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
	packed func() []byte // with the style sheet, as the start of a brotli stream
	script func() []byte // compressed, which the browser asks for next

	publicHTML string // with the style sheet of the public page
	mu         sync.Mutex
	publicRest string        // what follows it in the latest public page
	publicPage func() []byte // both, as a whole brotli stream
}

// NewHead returns a head from its HTML and the element in it that links to the style
// sheet.
func (a *Assets) NewHead(html, link string) *Head {
	inline := func(css string) string {
		return strings.Replace(html, link, "<style>"+string(a.files[css].plain)+"</style>", 1)
	}
	h := &Head{html: html, script: a.files["app.js"].packed.brotli, publicHTML: inline("public.css")}
	h.packed = sync.OnceValue(func() []byte { return h.pack(inline("app.css"), (*brotli.Writer).Flush) })
	return h
}

func (h *Head) pack(html string, end func(*brotli.Writer) error) []byte {
	go h.script()
	return packBrotli([]byte(html), brotliLevel, end)
}

// AppendCompressed appends to stream a page that starts with the head, in brotli, if accept
// (the values of Accept-Encoding) allows that; otherwise ok is false. What follows the head
// is in the stream as it is: a form token must not be compressed together with text that an
// attacker can choose, because the length would reveal it (BREACH). Public says that the
// page has neither, and is the same for everyone who gets it at this time: then the whole
// page is compressed, once, with the style sheet public.css.
func (h *Head) AppendCompressed(stream, page []byte, accept []string, public bool) (_ []byte, ok bool) {
	rest, ok := bytes.CutPrefix(page, []byte(h.html))
	if !ok || !accepts(accept, "br") {
		return nil, false
	}
	if public {
		return append(stream, h.packPublic(rest)...), true
	}
	return appendUncompressed(append(stream, h.packed()...), rest), true
}

// packPublic compresses a public page, unless it is the same as the one before.
func (h *Head) packPublic(rest []byte) []byte {
	h.mu.Lock()
	if h.publicPage == nil || h.publicRest != string(rest) {
		page := h.publicHTML + string(rest)
		h.publicRest = string(rest)
		h.publicPage = sync.OnceValue(func() []byte { return h.pack(page, (*brotli.Writer).Close) })
	}
	packed := h.publicPage
	h.mu.Unlock()
	return packed()
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
