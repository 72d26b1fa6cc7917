package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"latchkey/assets"
	"latchkey/auth"
)

const (
	// settle is how long the server still answers after the listener has
	// closed: Shutdown alone loses a request that was read just after it began.
	settle = 250 * time.Millisecond
	// stopWithin is how long what is under way may take to finish.
	stopWithin = 9 * time.Second
)

// listenAndServe serves until ctx is done, and then finishes what is under way.
func listenAndServe(ctx context.Context, c config, app http.Handler, log *slog.Logger, started func()) error {
	listener, err := net.Listen("tcp", c.address)
	if err != nil {
		return &setupError{fmt.Errorf("PORT: cannot listen on %s: %w. Stop the program that does, or set PORT to another", c.address, err)}
	}
	var stopping atomic.Bool
	server := newServer(parting(&stopping, app), log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	log.Info("listening", "address", listener.Addr().String())
	started()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping: finishing what is under way")
	stopping.Store(true)
	return stop(ctx, server, listener)
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

// parting has each connection closed after its next answer, once the server is
// stopping. SetKeepAlivesEnabled would close those that wait for a request at
// once, and lose the requests that are on their way.
func parting(stopping *atomic.Bool, app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		app.ServeHTTP(w, r)
	})
}

// stop takes no new connections, lets the browsers that are connected finish,
// and gives up after stopWithin.
func stop(ctx context.Context, server *http.Server, listener net.Listener) error {
	if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	time.Sleep(settle)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	return server.Shutdown(ctx)
}

// welcome says what a person who has just started the app needs to know.
func welcome(log *slog.Logger, c config, signIns *auth.Auth) {
	log.Info("open " + signIns.Origin())
	for _, offer := range signIns.Offers(context.Background()) { // which also asks the providers, behind
		log.Info("register this URL with "+offer.Name+", as redirect URL and as post-logout redirect URL", "url", signIns.RedirectURI(offer.ID))
		log.Info("and this one as back-channel logout URL, where "+offer.Name+" can reach it", "url", signIns.Origin()+signIns.BasePath()+"/backchannel-logout/"+offer.ID)
	}
	if !assets.HTMX() {
		log.Info("htmx is not part of this build, so pages load whole; `go tool task assets` fetches it (needs Node)")
	}
}
