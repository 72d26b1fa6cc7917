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

	// GroupProvider is the id of the provider whose groups and roles open the
	// pages of groups; empty: the only one configured. Where there are several
	// and none is named, no group opens anything: each provider decides on its
	// own who is in its "admins".
	GroupProvider string

	// Draining, where not nil, is closed when the program is about to stop:
	// GET /readyz answers 503 from then on.
	Draining <-chan struct{}

	// Stopping, where not nil, is closed when the program stops: event streams,
	// which would otherwise never end, end then.
	Stopping <-chan struct{}
}

// App is every route with its middleware, and a guard for pages of your own.
type App struct {
	routes      http.Handler
	protectPage func(http.Handler) http.Handler
}

// New returns the whole app.
func New(c Config) *App {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	a := &app{auth: c.Auth, groupProvider: c.GroupProvider, ready: &readiness{store: c.Ready, stopping: c.Stopping}, log: c.Log, draining: c.Draining, stopping: c.Stopping}
	return &App{routes: a.routes(c), protectPage: a.protectPage(c)}
}

func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.routes.ServeHTTP(w, r) }

// Protected lets only people who are signed in through to a page of your own,
// which learns from auth.FromContext who they are. Everyone else gets the
// sign-in page in its place, and comes back to it afterwards. The page gets our
// headers too, the strict Content-Security-Policy among them: one that needs
// more sets its own. A form in it that has a field owner, from auth.Auth.Owner,
// is refused where somebody else has signed in meanwhile; for that it is read
// before the page is asked, one with files too. A body may have 10 MB.
func (a *App) Protected(page http.Handler) http.Handler { return a.protectPage(page) }

// app has a method for each route.
type app struct {
	auth          *auth.Auth
	groupProvider string
	ready         *readiness
	log           *slog.Logger
	draining      <-chan struct{}
	stopping      <-chan struct{}
}

// handler is an http.HandlerFunc that returns what went wrong, for fail to
// answer. It has written nothing when it returns an error.
type handler func(w http.ResponseWriter, r *http.Request) error

func (a *app) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.respondError(w, r, err)
		}
	}
}
