package auth_test

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// TestMain runs more tests in parallel than there are processors: most of them
// wait for a provider that hangs, or for a timeout.
func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		parallel.Value.Set("8")
	}
	os.Exit(m.Run())
}
