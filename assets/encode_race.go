//go:build race

package assets

// brotliLevel is lower because the race detector makes the best level take a second, in
// each of the many programs that tests start.
const brotliLevel = 5
