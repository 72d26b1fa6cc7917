package sqlite

import (
	"latchkey/auth/store/internal/engine"
	"log/slog"
	"time"
)

// Option is a setting that the URL has no place for.
type Option func(*options)

type options struct {
	log        *slog.Logger
	sweepEvery time.Duration
}

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
