package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"latchkey/auth"
)

// listenAndServe serves until ctx is done, and then stops. It calls started when
// it listens, and closes stopping when the listener closes.
func listenAndServe(ctx context.Context, c config, app http.Handler, log *slog.Logger, stopping chan struct{}, started func()) error {
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		return &setupError{fmt.Errorf("PORT: cannot listen on %s: %w. Stop the program that listens there, or set PORT to another", c.address, err)}
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
