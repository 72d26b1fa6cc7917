package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"latchkey/auth"
	"latchkey/auth/store"
	"latchkey/handlers"
)

// run is the whole program. It returns when ctx is done and the requests in
// progress are finished, or when the program cannot start.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return serve(ctx, environ, stderr)
	}
	name := args[0]
	if slices.Contains([]string{"--help", "-help", "-h"}, name) {
		name = "help"
	}
	err := errUsage
	if command, ok := commands[name]; ok {
		err = command(ctx, args[1:], environ, stdout, stderr)
	}
	if errors.Is(err, errUsage) {
		names := slices.Sorted(maps.Keys(commands))
		return &setupError{fmt.Errorf("%q is not a command. The commands are: latchkey (serves), latchkey %s", args, strings.Join(names, ", latchkey "))}
	}
	return err
}

// serve wires everything, top to bottom, and serves until ctx is done.
func serve(ctx context.Context, environ []string, stderr io.Writer) error {
	c, err := loadConfig(environ)
	if err != nil {
		return &setupError{err}
	}
	log, flushLog := newServerLog(stderr, c)
	defer flushLog()
	for _, warning := range c.warnings() {
		log.Warn(warning)
	}
	sessions, err := openSessions(ctx, c, log)
	if err != nil && ctx.Err() != nil {
		return nil // stopped before it was ready
	}
	if err != nil {
		return err
	}
	defer sessions.Close()
	m, stopMetrics, err := startMetrics(c, log)
	if err != nil {
		return err
	}
	defer stopMetrics()
	return serveApp(ctx, c, log, sessions, m)
}

// openSessions opens the store that SESSION_STORE names.
func openSessions(ctx context.Context, c config, log *slog.Logger) (store.Store, error) {
	sessions, err := openStore(ctx, c.sessionStore, log)
	if err != nil {
		err = fmt.Errorf("SESSION_STORE: %w", err)
	}
	if _, ok := errors.AsType[store.URLError](err); ok {
		return nil, &setupError{err}
	}
	return sessions, err
}

// serveApp serves the app with its sessions in a store.
func serveApp(ctx context.Context, c config, log *slog.Logger, sessions store.Store, m *metrics) error {
	stopping := make(chan struct{})
	h := brand
	h.Ready, h.Log, h.Pages = sessions, log, true
	h.RateLimit, h.TrustedProxies, h.Draining, h.Stopping = c.rateLimit, c.trustedProxies, ctx.Done(), stopping
	c.auth.Log, c.auth.ClientAddress = log, handlers.ClientAddress
	m.observe(&c.auth, &h)
	signIns, err := auth.New(c.auth, m.measure(sessions))
	if err != nil {
		return &setupError{err}
	}
	defer signIns.Close()
	m.countStreams(signIns.Watching)
	h.Auth = signIns
	app, err := handlers.New(h)
	if err != nil {
		return &setupError{err}
	}
	return listenAndServe(ctx, c, app, log, stopping, func() { logRedirectURIs(log, c, signIns) })
}
