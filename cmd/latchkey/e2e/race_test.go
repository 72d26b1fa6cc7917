//go:build race

package e2e

var buildFlags, buildEnv = []string{"-race", "-ldflags=-w"}, []string{"CGO_ENABLED=1"}

// maxVisit is the limit of a first visit, in bytes. Compression is faster and less good
// with the race detector.
const maxVisit = 26 << 10
