//go:build !sqlite_only

package main

import (
	"context"
	"strings"

	"latchkey/auth/store"
	"latchkey/auth/store/postgres"
	"latchkey/auth/store/redis"
)

// openServerStore opens a store that is a server of its own.
func openServerStore(ctx context.Context, url string) (store.Store, error) {
	scheme, _, _ := strings.Cut(url, ":")
	switch scheme {
	case "redis", "rediss":
		return redis.Open(ctx, url)
	case "postgres", "postgresql":
		return postgres.Open(ctx, url)
	}
	return nil, errUnknownStore(url)
}
