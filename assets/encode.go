package assets

import (
	"bytes"
	"compress/gzip"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// packed is the compressed content of a file. Each form is made when the first browser
// asks for it, because compressing all of them would delay the start.
type packed struct {
	brotli, gzip func() []byte
}

func pack(content []byte) *packed {
	return &packed{
		brotli: sync.OnceValue(func() []byte { return packBrotli(content, brotliLevel, (*brotli.Writer).Close) }),
		gzip: sync.OnceValue(func() []byte {
			var b bytes.Buffer
			w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // fails only for an unknown level
			w.Write(content)                                      // to a buffer, which cannot fail
			w.Close()
			return b.Bytes()
		}),
	}
}

const bestLevel = brotli.BestCompression // a tenth of a second for the script

// packBrotli compresses content. The end closes or flushes the stream.
func packBrotli(content []byte, level int, end func(*brotli.Writer) error) []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, level)
	w.Write(content) // to a buffer, which cannot fail
	end(w)
	debug.FreeOSMemory() // the encoder used more than all other parts of the app together
	return b.Bytes()
}

// encoded returns the body in the best encoding that accept (the values of
// Accept-Encoding) allows, and the encoding's name, or "" for the plain body.
func (f *file) encoded(accept []string) (body []byte, coding string) {
	switch {
	case accepts(accept, "br"):
		return f.packed.brotli(), "br"
	case accepts(accept, "gzip"):
		return f.packed.gzip(), "gzip"
	default:
		return f.plain, ""
	}
}

// accepts reports whether accept lists coding with a weight above zero (RFC 9110 section
// 12.4.2). It ignores "*", which gets the plain body.
func accepts(accept []string, coding string) bool {
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, weight, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			return strings.TrimRight(strings.TrimSpace(weight), ".0") != "q=" // as in q=0.0
		}
	}
	return false
}
