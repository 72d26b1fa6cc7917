package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

const (
	// stopTimeout is how long a stop may take: container runtimes kill a process
	// 10 s after SIGTERM.
	stopTimeout = 9900 * time.Millisecond
	// minShutdown is the least time for requests in progress, after a long delay.
	minShutdown = 4 * time.Second
)

// stop continues to serve for a delay, in which /readyz responds 503, so that a
// load balancer sends its requests elsewhere. Then it closes the listener and
// waits for requests in progress. Without a delay, requests are lost on
// connections that the kernel has accepted and net/http has not.
func stop(ctx context.Context, server *http.Server, delay time.Duration, log *slog.Logger) error {
	log.Info("stopping", "delay", delay)
	time.Sleep(delay)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(stopTimeout-delay, minShutdown))
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("shutdown timed out; closing the remaining connections")
		return server.Close()
	}
	return err
}

// closeAfterResponse closes each connection after its next response once ctx is
// done, so that no proxy still uses one when the listener closes.
func closeAfterResponse(ctx context.Context, app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		app.ServeHTTP(w, r)
	})
}
