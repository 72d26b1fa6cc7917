package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// run serves until ctx ends, and then stops everything that it has started.
func run(ctx context.Context) error {
	s, err := newSetup(os.Environ(), devSecret)
	if err != nil {
		return err
	}
	for name, value := range s.environment { // the app inherits it
		os.Setenv(name, value)
	}
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return fmt.Errorf("%w: stop the program that listens there, or set PORT to another", err)
	}
	fmt.Fprintln(os.Stderr, "dev: "+s.providers)
	fmt.Fprintln(os.Stderr, "dev: building; pages reload when a .templ, .go, .css or .js file changes; Ctrl-C stops everything")

	group, ctx := errgroup.WithContext(ctx)
	if s.localProvider != nil {
		group.Go(func() error { return serveProvider(ctx, *s.localProvider, os.Stderr) })
	}
	group.Go(func() error { return watch(ctx, ".", ".dev/dev "+appCommand, s.appPort, s.reloadPort) })
	group.Go(func() error { return serve(ctx, listener, newProxy(s.appPort, s.reloadPort)) })
	return group.Wait()
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() }) // open reload streams would delay Shutdown
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
