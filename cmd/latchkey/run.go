package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"latchkey/auth"
	"latchkey/auth/version"
	"latchkey/handlers"
)

// run is the whole program. It returns when ctx is done and the requests in
// progress are finished, or when the program cannot start.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	switch {
	case len(args) == 0:
		return serve(ctx, environ, stderr)
	case len(args) == 1 && args[0] == "secret":
		_, err := fmt.Fprintln(stdout, newSecret())
		return err
	case len(args) == 1 && slices.Contains([]string{"help", "--help", "-help", "-h"}, args[0]):
		_, err := fmt.Fprint(stdout, help)
		return err
	case len(args) == 1 && args[0] == "version":
		_, err := fmt.Fprintln(stdout, "latchkey", version.String())
		return err
	}
	return &setupError{fmt.Errorf("%q is not a command. The commands are: latchkey (serves), latchkey secret, latchkey version, latchkey help", args)}
}

// serve wires everything, top to bottom, and serves until ctx is done.
func serve(ctx context.Context, environ []string, stderr io.Writer) error {
	c, err := loadConfig(environ)
	if err != nil {
		return &setupError{err}
	}
	log := newLog(stderr, c)
	c.auth.Log, c.auth.ClientAddress = log, handlers.ClientAddress
	for _, warning := range c.warnings() {
		log.Warn(warning)
	}

	sessions, err := openStore(ctx, c.sessionStore, c.listenURL, log)
	if err != nil {
		return &setupError{fmt.Errorf("SESSION_STORE: %w", err)}
	}
	defer sessions.Close()

	signIns, err := auth.New(c.auth, sessions)
	if err != nil {
		return &setupError{err}
	}
	defer signIns.Close()

	stopping := make(chan struct{})
	app := handlers.New(handlers.Config{
		Auth: signIns, Ready: sessions, Log: log,
		RateLimit: c.rateLimit, TrustedProxies: c.trustedProxies, Draining: ctx.Done(), Stopping: stopping,
	})
	return listenAndServe(ctx, c, app, log, stopping, func() { logRedirectURIs(log, c, signIns) })
}
