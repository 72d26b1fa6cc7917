package assets

import "testing"

// A first visit may cost 25 KB with its page, of which these may take so much.
func TestSizes(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 4 << 10, "app.js": 17 << 10, "favicon.svg": 300} {
		f := files[name]
		f.compress()
		t.Logf("%-12s %6d bytes, gzip %6d, brotli %6d", name, len(f.plain), len(f.packed.gzip), len(f.packed.brotli))
		if got := len(f.packed.brotli); got > limit {
			t.Errorf("%s: got %d bytes in brotli, want at most %d", name, got, limit)
		}
	}
}

// What a start costs, in the background.
func BenchmarkPack(b *testing.B) {
	for b.Loop() {
		for _, f := range load() {
			f.compress()
		}
	}
}
