package main

import (
	"log/slog"
	"testing"

	"latchkey/auth/store/storetest"
)

// SESSION_STORE may contain a password, so an error never repeats it.
func TestUnknownStoreIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, url, want string }{
		{"empty", "", "this is not the URL of a store"},
		{"no scheme", "hunter2", "write memory:, sqlite:PATH"},
		{"unknown scheme", "mysql://root:hunter2@db/x", `no store named "mysql://"`},
		{"memory with a path", "memory:x", "not the URL of a store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := openStore(t.Context(), c.url, "", slog.New(slog.DiscardHandler))
			storetest.WantRefused(t, err, c.want)
		})
	}
}
