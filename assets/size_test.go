package assets

import "testing"

// A first page load may transfer 25 KB with its page, of which these are the limits.
func TestCompressedSizes(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 4 << 10, "app.js": 17 << 10, "favicon.svg": 300} {
		f := own(t).files[name]
		f.packed.compress(f.plain)
		t.Logf("%-12s %6d bytes, gzip %6d, brotli %6d", name, len(f.plain), len(f.packed.gzip), len(f.packed.brotli))
		if got := len(f.packed.brotli); got > limit {
			t.Errorf("%s: got %d bytes in brotli, want at most %d", name, got, limit)
		}
	}
}

// The compression in the background at start.
func BenchmarkCompress(b *testing.B) {
	for b.Loop() {
		for _, f := range own(b).files {
			new(packed).compress(f.plain)
		}
	}
}
