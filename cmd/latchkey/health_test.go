package main

import (
	"strings"
	"testing"
)

func TestHealthCommand(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	if _, stderr, status := runCommand(t, p.environ(), "", "health"); status != 1 || !strings.Contains(stderr, "nothing answers on") {
		t.Errorf("before the start: got status %d and %q, want 1", status, stderr)
	}
	p.start(t)
	for _, host := range []string{"", "localhost"} {
		p.Env["HOST"] = host
		if stdout, stderr, status := runCommand(t, p.environ(), "", "health"); status != 0 || stdout != "alive\n" {
			t.Errorf("with HOST=%q: got status %d, %q and %q, want 0", host, status, stdout, stderr)
		}
	}
}
