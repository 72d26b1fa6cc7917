package store

import (
	"context"
	"errors"
	"time"
)

func openPostgres(context.Context, string, time.Duration) (Store, error) {
	return nil, errors.New("soon")
}
