package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"latchkey/auth"
)

// listenAndServe serves until ctx is done, and then stops. It calls started when
// it listens, and closes stopping when the listener closes.
func listenAndServe(ctx context.Context, c config, app http.Handler, log *slog.Logger, stopping chan struct{}, started func()) error {
	listener, err := listen(c.address, c.portVariable(), "HOST")
	if err != nil {
		return err
	}
	server := newServer(closeAfterResponse(ctx, app), log)
	server.RegisterOnShutdown(func() { close(stopping) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String())
	started()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
		return stop(ctx, server, c.shutdownDelay, log)
	}
}

// listen listens on an address. Its error names the variable of the port or of the host.
func listen(address, port, host string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%[1]s: cannot listen on %[2]s: %[3]w. Stop the program that listens there, or set %[1]s to another", port, address, err)
	}
	return nil, fmt.Errorf("%[1]s: cannot listen on %[2]s: %[3]w. Set %[1]s to an address of this machine", host, address, err)
}

func newServer(app http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           app,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// logRedirectURIs logs the URL to open and those to register with each provider.
func logRedirectURIs(log *slog.Logger, c config, signIns *auth.Auth) {
	log.Info("open " + signIns.Origin())
	for _, provider := range signIns.Providers(context.Background()) { // this also starts discovery in the background
		log.Info("register this URL with "+provider.Name+" as redirect URL and as post-logout redirect URL", "url", signIns.RedirectURI(provider.ID))
		log.Info("register this URL with "+provider.Name+" as back-channel logout URL, if "+provider.Name+" can reach it", "url", signIns.Origin()+signIns.BasePath()+"/backchannel-logout/"+provider.ID)
	}
}
