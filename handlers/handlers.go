// Package handlers speaks HTTP and htmx: each URL has a file of its name here,
// which reads the request, calls package auth, and replies with a view.
//
// An [App] claims the paths below the base path (/api/auth unless AUTH_URL has a path)
// and no other, except with [Config.Pages]. In an app with pages of its own:
//
//	app, err := handlers.New(handlers.Config{Auth: signIns, Ready: sessions, Name: "Notes", HTMX: htmx})
//	// …
//	mux.Handle("/api/auth/", app)
//	mux.Handle("GET /profile", app.Protected(profile))
//	http.ListenAndServe(address, app.Middleware(mux))
//
// Each page has [App.Head] in its head and [App.Body] at the end of its body.
package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"latchkey/assets"
	"latchkey/auth"
	"latchkey/views"
)

// Config is what the handlers need.
type Config struct {
	Auth           *auth.Auth
	Ready          Pinger         // the session store, for GET /readyz
	Log            *slog.Logger   // optional: slog.Default()
	RateLimit      int            // sign-ins per minute and client address; 0 means no limit
	TrustedProxies []netip.Prefix // networks whose X-Forwarded-For is trusted

	// GroupProvider is the id of the provider whose groups and roles count for
	// App.RequireGroup. It is optional with one provider. With several it is
	// required, since each provider decides on its own who is in "admins":
	// without it nobody is in any group.
	GroupProvider string

	// Pages adds pages outside of the base path: GET /, /profile, /healthz, /readyz and
	// /favicon.ico. Without it those are the app's own.
	Pages bool

	// Name, Logo, Icon, Footer and CSS are optional: the brand of our own pages and
	// dialogs. Logo is an image or an inline SVG, 32 pixels high, and Icon an SVG file for
	// browser tabs. CSS comes after our style sheet, and applies to the dialog too:
	// ":root { --accent: purple }" changes the color of buttons and links.
	Name         string
	Logo, Footer template.HTML
	Icon         []byte
	CSS          string

	// Words replaces our texts, such as {"refused.what": "Your plan has no access."}, and
	// with all of them the language. An error has the texts code.heading, code.what and
	// code.next, and a notice has notice.kind. Pages and dialogs have label.…, and the
	// script has script.… (views.Words). They may contain {app}, and {provider}, {time} or
	// {address} where ours do. "lang" is their language, for screen readers; browsers see
	// whether it is written from right to left. New returns an error that lists all keys if
	// one is unknown. Words does not cover the profile of Config.Pages.
	Words map[string]string

	// CSP adds sources to our Content-Security-Policy, which is on every page of ours and
	// of App.Middleware, such as "img-src data:; font-src 'self'". A page that needs
	// something else sets its own header.
	CSP string

	// HTMX is optional: the file htmx.min.js of the npm package htmx.org, for a build of
	// this module that does not contain it. `go tool task htmx` in a clone says which.
	HTMX []byte

	// Observe is optional. It is called after each response, for metrics: the route is a
	// pattern, never a path. It runs in many goroutines at once.
	Observe func(route, method string, status int, took time.Duration)

	// Draining is optional. GET /readyz answers 503 once it is closed.
	Draining <-chan struct{}

	// Stopping is optional. Event streams end once it is closed; otherwise they
	// would keep the server from stopping.
	Stopping <-chan struct{}
}

// App serves the auth routes below the base path, and guards pages of the app's own.
type App struct {
	config        Config
	auth          *auth.Auth
	log           *slog.Logger
	mux           http.Handler // of our own routes
	base          chi.Middlewares
	assets        *assets.Assets
	head          *assets.Head
	csp           string // Content-Security-Policy
	publicCSP     string // of the public page
	site          *views.Site
	texts         texts
	confirmations map[string]confirmation // by action
	ready         *readiness
}

// New returns the whole app. The error names each field that is wrong, and the remedy.
func New(c Config) (*App, error) {
	if c.Auth == nil {
		return nil, errors.New("handlers.Config.Auth: is missing. Set it to what auth.New returns")
	}
	name := cmp.Or(c.Name, views.DefaultBrand.Name)
	texts, wordsErr := replaceWords(c.Words, name)
	files, filesErr := assets.New(assets.Options{Prefix: c.Auth.BasePath() + "/assets/", CSS: c.CSS, Words: texts.words.Script(), Icon: c.Icon, HTMX: c.HTMX})
	if filesErr != nil {
		filesErr = fmt.Errorf("handlers.Config: %w", filesErr)
	}
	csp, cspErr := extendCSP(contentSecurityPolicy, c.CSP)
	if err := errors.Join(filesErr, cspErr, wordsErr, c.checkPages()); err != nil {
		return nil, err
	}
	a := &App{
		config:        c,
		auth:          c.Auth,
		log:           cmp.Or(c.Log, slog.Default()),
		assets:        files,
		csp:           strings.Replace(csp, "{style}", files.Integrity("app.css"), 1),
		publicCSP:     strings.Replace(csp, "{style}", files.Integrity("public.css"), 1),
		texts:         texts,
		confirmations: map[string]confirmation{},
		ready:         &readiness{store: c.Ready},
	}
	if !files.HTMX() {
		a.log.Info(missingHTMX)
	}
	a.site = a.newSite(views.Brand{Name: name, Logo: string(c.Logo), Footer: string(c.Footer)})
	a.head = files.NewHead(views.Head(a.site))
	a.base = a.baseMiddleware(c.TrustedProxies)
	a.addConfirmation(confirmation{auth.Confirmation{Action: endAction}, confirmEndText})
	a.mux = a.routes()
	return a, nil
}

var missingHTMX = "htmx is not part of this build, so every form loads a whole page. " +
	"In a clone of this module, run `go tool task assets` (needs Node). An app that imports it " +
	"gets the file by `go tool task htmx -- FOLDER` there, or by npm (htmx.org " + assets.HTMXVersion + ", dist/htmx.min.js), and sets handlers.Config.HTMX"

// checkPages checks that the pages have what they need, and that none is below the base
// path.
func (c Config) checkPages() error {
	if c.Pages && c.Ready == nil {
		return errors.New("handlers.Config.Ready: is missing. Set it to the session store, which GET /readyz asks")
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(c.Auth.BasePath(), "/"), "/")
	if !c.Pages || !slices.Contains([]string{"favicon.ico", "healthz", "profile", "readyz"}, first) {
		return nil
	}
	return fmt.Errorf("AUTH_URL: its path is the base path of the auth routes, and the app has a page of its own at /%s. Leave the path out, or choose another, such as /api/auth", first)
}

// texts are all texts that an app can replace.
type texts struct {
	messages map[auth.Code]*message
	notices  map[auth.NoticeKind]*views.Notice
	words    *views.Words
}

// replaceWords returns our texts, with those of Config.Words in their place.
func replaceWords(words map[string]string, app string) (texts, error) {
	t := texts{map[auth.Code]*message{}, map[auth.NoticeKind]*views.Notice{}, views.NewWords()}
	known := t.words.Texts()
	for code, m := range messages {
		t.messages[code] = &m
		known[string(code)+".heading"], known[string(code)+".what"], known[string(code)+".next"] = &m.Heading, &m.What, &m.Next
	}
	for kind, n := range notices {
		t.notices[kind] = &n
		known["notice."+string(kind)] = &n.Text
	}
	for _, id := range slices.Sorted(maps.Keys(words)) {
		if known[id] == nil {
			return t, fmt.Errorf("handlers.Config.Words: there is no text %q. The texts are: %s", id, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		*known[id] = words[id]
	}
	t.words.SetApp(app)
	return t, nil
}

// ServeHTTP serves everything below the base path, and with Config.Pages those pages. A
// router may call it for more: the rest is a 404 page.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if chi.RouteContext(r.Context()) != nil { // of the app's own router, whose patterns are not ours
		r = r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, nil))
	}
	a.mux.ServeHTTP(w, r)
}

// handler is an http.HandlerFunc that returns an error for respondError to answer.
// It has written nothing when it does.
type handler func(w http.ResponseWriter, r *http.Request) error

func (a *App) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.respondError(w, r, err)
		}
	}
}
