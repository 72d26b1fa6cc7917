//go:build race

package e2e

var buildFlags, buildEnv = []string{"-race"}, []string{"CGO_ENABLED=1"}
