package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// run serves until ctx ends, and then stops everything that it has started.
func run(ctx context.Context) error {
	p, err := newSetup(os.Environ(), devSecret)
	if err != nil {
		return err
	}
	for name, value := range p.environment { // all that is started inherits it
		os.Setenv(name, value)
	}
	listener, err := net.Listen("tcp", p.listen)
	if err != nil {
		return fmt.Errorf("%w: stop what listens there, or set PORT to another", err)
	}
	fmt.Fprintln(os.Stderr, "dev: "+p.providers)
	fmt.Fprintln(os.Stderr, "dev: building; a change of .templ, .go, .css or .js shows by itself, and Ctrl-C ends it all")

	everything, ctx := errgroup.WithContext(ctx)
	if p.localProvider != nil {
		everything.Go(func() error { return localProvider(ctx, p.localProvider) })
	}
	everything.Go(func() error { return watch(ctx, p.appPort, p.reloadPort) })
	everything.Go(func() error { return serve(ctx, listener, newProxy(p.appPort, p.reloadPort)) })
	return everything.Wait()
}

// localProvider runs cmd/devidp, which the task has built beside this program.
func localProvider(ctx context.Context, args []string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, ".dev/devidp", args...)
	endWithUs(cmd)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); ctx.Err() == nil {
		return fmt.Errorf("the local provider has ended (%v)", err)
	}
	return nil
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() }) // open reload streams would hold up Shutdown
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
