package store

import "log/slog"

// Option is something about a store that its URL has no place for.
type Option func(*options)

type options struct {
	listenURL string
	log       *slog.Logger
}

// WithListenURL names a Postgres URL that leads past a connection pooler to the
// server itself, for the one connection that hears what other replicas publish.
func WithListenURL(url string) Option { return func(o *options) { o.listenURL = url } }

// WithLog says where to write what an operator should know about the store at
// start. Without it, slog.Default() is used.
func WithLog(log *slog.Logger) Option { return func(o *options) { o.log = log } }

func optionsOf(list []Option) options {
	o := options{log: slog.Default()}
	for _, option := range list {
		option(&o)
	}
	return o
}
