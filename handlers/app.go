// Package handlers speaks HTTP and htmx: every URL has a file of its name here,
// which reads the request, calls package auth, and replies with a view.
package handlers

import (
	"log/slog"
	"net/http"

	"latchkey/auth"
)

// Config is what the handlers need.
type Config struct {
	Auth           *auth.Auth
	Ready          Pinger       // the session store, for GET /readyz
	Log            *slog.Logger // nil: slog.Default()
	RateLimit      int          // sign-ins begun per minute and client address; 0: no limit
	TrustedProxies []string     // networks (CIDR) whose X-Forwarded-For is believed

	// Stopping, where not nil, is closed when the program is about to stop:
	// event streams, which would go on for ever, end then.
	Stopping <-chan struct{}
}

// app has a method for each route.
type app struct {
	auth     *auth.Auth
	ready    *readiness
	log      *slog.Logger
	stopping <-chan struct{}
}

// New returns the whole app: every route with its middleware.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	a := &app{auth: c.Auth, ready: &readiness{store: c.Ready}, log: c.Log, stopping: c.Stopping}
	return a.routes(c)
}

// handler is an http.HandlerFunc that returns what went wrong, for fail to
// answer. It has written nothing when it returns an error.
type handler func(w http.ResponseWriter, r *http.Request) error

func (a *app) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.fail(w, r, err)
		}
	}
}
