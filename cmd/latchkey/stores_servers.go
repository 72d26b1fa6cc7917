//go:build !sqlite_only

package main

import (
	"context"
	"log/slog"
	"strings"

	"latchkey/auth/store"
	"latchkey/auth/store/postgres"
	"latchkey/auth/store/redis"
)

// openServerStore opens a store that is a server of its own. SESSION_STORE_LISTEN is for
// Postgres only.
func openServerStore(ctx context.Context, url, listenURL string, log *slog.Logger) (store.Store, error) {
	scheme, _, _ := strings.Cut(url, ":")
	switch scheme {
	case "redis", "rediss":
		return opened(redis.Open(ctx, url, redis.WithLog(log)))
	case "postgres", "postgresql":
		return opened(postgres.Open(ctx, url, postgres.WithLog(log), postgres.WithListenURL(listenURL)))
	}
	return nil, errUnknownStore(url)
}
