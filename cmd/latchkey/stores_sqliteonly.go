//go:build sqlite_only

package main

import (
	"context"
	"errors"

	"latchkey/auth/store"
)

// openServerStore opens no store: the drivers of Redis and Postgres are a quarter of what
// the first `go tool task dev` compiles, so it leaves them out unless SESSION_STORE needs
// one.
func openServerStore(context.Context, string) (store.Store, error) {
	return nil, store.URLError{Err: errors.New("this build has no Redis and no Postgres: start `go tool task dev` again, or build without the tag sqlite_only")}
}
