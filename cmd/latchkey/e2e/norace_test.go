//go:build !race

package e2e

// The binary as it is deployed.
var buildFlags, buildEnv = []string(nil), []string{"CGO_ENABLED=0"}

// maxVisit is the limit of a first visit, in bytes.
const maxVisit = 20 << 10
