// Package handlers speaks HTTP and htmx: each URL has a file of its name here,
// which reads the request, calls package auth, and replies with a view.
package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"latchkey/assets"
	"latchkey/auth"
	"latchkey/views"
)

// Config is what the handlers need.
type Config struct {
	Auth           *auth.Auth
	Ready          Pinger       // the session store, for GET /readyz
	Log            *slog.Logger // optional: slog.Default()
	RateLimit      int          // sign-ins per minute and client address; 0 means no limit
	TrustedProxies []string     // networks (CIDR) whose X-Forwarded-For is trusted

	// GroupProvider is the id of the provider whose groups and roles count for
	// App.RequireGroup. It is optional with one provider. With several it is
	// required, since each provider decides on its own who is in "admins":
	// without it nobody is in any group.
	GroupProvider string

	// Pages adds pages outside of the base path: GET /, /profile, /healthz, /readyz and
	// /favicon.ico. Without it those are the app's own.
	Pages bool

	// HTMX is optional: the file htmx.min.js of the npm package htmx.org, for a build of
	// this module that does not contain it. `go tool task htmx` in a clone says which.
	HTMX []byte

	// Draining is optional. GET /readyz answers 503 once it is closed.
	Draining <-chan struct{}

	// Stopping is optional. Event streams end once it is closed; otherwise they
	// would keep the server from stopping.
	Stopping <-chan struct{}
}

// App is every route with its middleware, and guards for pages of your own.
type App struct {
	routes  http.Handler
	protect func(page http.Handler, guards ...func(sessionHandler) sessionHandler) http.Handler
	app     *app
}

// New returns the whole app. The error lists every problem of the configuration, one
// per line.
func New(c Config) (*App, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	files, err := assets.New(assets.Options{Prefix: c.Auth.BasePath() + "/assets/", HTMX: c.HTMX})
	if err != nil {
		err = fmt.Errorf("handlers.Config.HTMX: %w", err)
	}
	if err := errors.Join(err, c.checkPages()); err != nil {
		return nil, err
	}
	if !files.HTMX() {
		c.Log.Info(missingHTMX)
	}
	a := &app{
		assets:        files,
		pages:         c.Pages,
		auth:          c.Auth,
		groupProvider: c.GroupProvider,
		ready:         &readiness{store: c.Ready, stopping: c.Stopping},
		log:           c.Log,
		draining:      c.Draining,
		stopping:      c.Stopping,
	}
	a.head = files.NewHead(views.Head(a.basePage().Assets))
	protect := func(page http.Handler, guards ...func(sessionHandler) sessionHandler) http.Handler {
		return a.protectPage(c, page, guards...)
	}
	return &App{routes: a.routes(c), protect: protect, app: a}, nil
}

const missingHTMX = "htmx is not part of this build, so every form loads a whole page. " +
	"In a clone of this module, run `go tool task assets` (needs Node). An app that imports it sets handlers.Config.HTMX"

// checkPages checks that no page is below the base path.
func (c Config) checkPages() error {
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Auth.BasePath(), "/"), "/")
	if !c.Pages || !slices.Contains([]string{"favicon.ico", "healthz", "profile", "readyz"}, first) {
		return nil
	}
	return fmt.Errorf("AUTH_URL: its path is the base path of the auth routes, and the app has a page of its own at /%s. Leave the path out, or choose another, such as /api/auth", first)
}

func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.routes.ServeHTTP(w, r) }

// Protected guards a page of your own, which learns from auth.FromContext who is
// signed in. Someone who is signed out gets the sign-in page in its place, and
// returns to it afterwards. The page has our response headers, including the strict
// Content-Security-Policy; one that needs another sets its own. A form that sends
// auth.Auth.FormToken in the field "form_token" is rejected if someone else has signed in
// since; it is parsed for that before the page sees it, with its files too. A body
// may have 10 MB.
func (a *App) Protected(page http.Handler) http.Handler { return a.protect(page) }

// RequireGroup is Protected for members of a group or role at
// Config.GroupProvider. Everyone else who is signed in gets a 403 page.
func (a *App) RequireGroup(group string, page http.Handler) http.Handler {
	return a.protect(page, func(next sessionHandler) sessionHandler { return a.app.requireGroup(group, next) })
}

// app has a method for each route.
type app struct {
	assets        *assets.Assets
	head          *assets.Head
	pages         bool // whether there is a profile
	auth          *auth.Auth
	groupProvider string
	ready         *readiness
	log           *slog.Logger
	draining      <-chan struct{}
	stopping      <-chan struct{}
}

// handler is an http.HandlerFunc that returns an error for respondError to answer.
// It has written nothing when it does.
type handler func(w http.ResponseWriter, r *http.Request) error

func (a *app) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.respondError(w, r, err)
		}
	}
}
