package assets

import (
	"testing"

	"github.com/andybalholm/brotli"
)

// A first page load may transfer 20 KB with its page, of which these are the limits.
func TestCompressedSizes(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 4 << 10, "public.css": 3 << 10, "app.js": 16 << 10, "favicon.svg": 300} {
		f := own(t).files[name]
		br, gz := packBrotli(f.plain, bestLevel, (*brotli.Writer).Close), f.packed.gzip()
		t.Logf("%-12s %6d bytes, gzip %6d, brotli %6d", name, len(f.plain), len(gz), len(br))
		if got := len(br); got > limit {
			t.Errorf("%s: got %d bytes in brotli, want at most %d", name, got, limit)
		}
	}
}

// What the first browser waits for.
func BenchmarkCompress(b *testing.B) {
	for b.Loop() {
		for _, f := range own(b).files {
			pack(f.plain).brotli()
		}
	}
}
