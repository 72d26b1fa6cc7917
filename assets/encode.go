package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// packed is the compressed content of a file, made once.
type packed struct {
	once         sync.Once
	brotli, gzip []byte
}

// brotliLevel is one less than the highest, which takes three times as long to save
// 2 percent.
const brotliLevel = 10

// compress compresses the content, or waits until that is done.
func (p *packed) compress(content []byte) {
	p.once.Do(func() {
		var br, gz bytes.Buffer
		compress(brotli.NewWriterLevel(&br, brotliLevel), content)
		zip, _ := gzip.NewWriterLevel(&gz, gzip.BestCompression) // fails only for an unknown level
		compress(zip, content)
		p.brotli, p.gzip = br.Bytes(), gz.Bytes()
	})
}

// compress writes content through w to a buffer, which cannot fail.
func compress(w io.WriteCloser, content []byte) {
	w.Write(content)
	w.Close()
}

// encoded returns the body in the best encoding that accept (the values of
// Accept-Encoding) allows, and the encoding's name, or "" for the plain body.
func (f *file) encoded(accept []string) (body []byte, coding string) {
	switch f.packed.compress(f.plain); {
	case accepts(accept, "br"):
		return f.packed.brotli, "br"
	case accepts(accept, "gzip"):
		return f.packed.gzip, "gzip"
	default:
		return f.plain, ""
	}
}

// accepts reports whether accept lists coding with a weight above zero. It ignores
// "*", which gets the plain body.
func accepts(accept []string, coding string) bool {
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, parameter, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(name), coding) {
			return quality(parameter) > 0
		}
	}
	return false
}

// quality parses "q=0.5"; the default is 1 (RFC 9110 section 12.4.2).
func quality(parameter string) float64 {
	value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	return q
}
