package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"latchkey/auth/store"
	"latchkey/auth/store/sqlite"
)

// openStore opens the store that SESSION_STORE names. With an error, the store is of no use.
func openStore(ctx context.Context, url string, log *slog.Logger) (store.Store, error) {
	if url == "memory:" {
		return store.NewMemory(), nil
	}
	if strings.HasPrefix(url, "sqlite:") {
		return sqlite.Open(ctx, url, sqlite.WithLog(log))
	}
	return openServerStore(ctx, url)
}

// errUnknownStore repeats only the scheme, because the rest may be a password.
func errUnknownStore(url string) error {
	const fix = "write memory:, sqlite:PATH, redis://…, rediss://… or postgres://…"
	if scheme, _, ok := strings.Cut(url, "://"); ok {
		return store.URLError{Err: fmt.Errorf("there is no store named %q: %s", scheme+"://", fix)}
	}
	return store.URLError{Err: errors.New("this is not the URL of a store: " + fix)}
}
