package redis

import "log/slog"

// Option is a setting that the URL has no place for.
type Option func(*options)

type options struct{ log *slog.Logger }

// WithLog sets the logger for warnings at start. The default is slog.Default().
func WithLog(log *slog.Logger) Option { return func(o *options) { o.log = log } }

func newOptions(list []Option) options {
	o := options{log: slog.Default()}
	for _, option := range list {
		option(&o)
	}
	return o
}
