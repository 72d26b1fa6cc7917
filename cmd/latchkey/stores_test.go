package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"log/slog"

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
			_, err := openStore(t.Context(), c.url, slog.New(slog.DiscardHandler))
			storetest.WantRefused(t, err, c.want)
		})
	}
}

func TestUnusableStoreIsReported(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		store, want string
		isSetup     bool
	}{
		"folder not writable": {"sqlite:" + filepath.Join(notWritable(t), "latchkey.db"), "let this process's user own it", false},
		"no such folder":      {"sqlite:" + filepath.Join(t.TempDir(), "missing", "latchkey.db"), "create it", false},
		"no file":             {"sqlite:", "write sqlite:PATH", true},
		"a file of Postgres":  {"postgres://localhost?sslrootcert=/missing", "cannot be read", true},
		"unknown kind":        {"mongodb://localhost", "memory:", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			p.Env["SESSION_STORE"] = test.store
			if said := failed(t, p.Env, test.isSetup); !strings.Contains(said, "SESSION_STORE: ") || !strings.Contains(said, test.want) {
				t.Errorf("%s: got %q, want it to name SESSION_STORE and to say %q", test.store, said, test.want)
			}
		})
	}
}

// notWritable returns a folder in which not even root can create files.
func notWritable(tb testing.TB) string {
	tb.Helper()
	if os.Geteuid() == 0 {
		return "/sys"
	}
	folder := tb.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		tb.Fatal(err)
	}
	return folder
}
