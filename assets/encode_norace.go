//go:build !race

package assets

const brotliLevel = bestLevel
