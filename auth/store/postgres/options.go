package postgres

import (
	"latchkey/auth/store/internal/engine"
	"log/slog"
	"time"
)

// Option is a setting that the URL has no place for.
type Option func(*options)

type options struct {
	log        *slog.Logger
	listenURL  string
	sweepEvery time.Duration
}

// WithListenURL sets the Postgres URL for the one connection that listens to
// other replicas, for when the store's URL leads to a connection pooler.
func WithListenURL(url string) Option { return func(o *options) { o.listenURL = url } }

// WithLog sets the logger for warnings at start. The default is slog.Default().
func WithLog(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// withSweepInterval makes tests faster.
func withSweepInterval(every time.Duration) Option { return func(o *options) { o.sweepEvery = every } }

func newOptions(list []Option) options {
	o := options{log: slog.Default(), sweepEvery: engine.SweepInterval}
	for _, option := range list {
		option(&o)
	}
	return o
}
