package engine

import (
	"log/slog"
	"time"
)

// Options are the settings of a store that its URL has no place for.
type Options struct {
	Log           *slog.Logger  // for warnings at start
	ListenURL     string        // of Postgres
	SweepInterval time.Duration // shorter in tests
}

// Option sets one of the options.
type Option func(*Options)

// WithLog sets the logger for warnings at start. The default is slog.Default().
func WithLog(log *slog.Logger) Option { return func(o *Options) { o.Log = log } }

// NewOptions returns the options that a caller of Open has set.
func NewOptions(options []Option) Options {
	o := Options{Log: slog.Default(), SweepInterval: SweepInterval}
	for _, option := range options {
		option(&o)
	}
	return o
}

// WithSweepInterval makes tests faster.
func WithSweepInterval(every time.Duration) Option {
	return func(o *Options) { o.SweepInterval = every }
}
