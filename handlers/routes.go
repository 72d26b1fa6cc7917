package handlers

import (
	"cmp"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"
)

// routes is every URL and every middleware, in order.
func (a *App) routes() http.Handler {
	mux := chi.NewRouter()
	mux.Use(func(next http.Handler) http.Handler { return unlessPrepared(a.base.Handler(next), next) })
	mux.Use(lenient, bodyLimit(maxBody))
	mux.NotFound(a.handle(notFound))
	mux.MethodNotAllowed(a.handle(methodNotAllowed))

	mux.Route(a.auth.BasePath(), a.authRoutes)
	if a.config.Pages {
		a.pageRoutes(mux)
	}
	return mux
}

// pageRoutes are the pages outside of the base path (Config.Pages).
func (a *App) pageRoutes(mux chi.Router) {
	// These work without the store, whatever cookies the browser sends.
	mux.Get("/healthz", a.handle(a.healthz))
	mux.Get("/readyz", a.handle(a.readyz))
	mux.Handle("/favicon.ico", http.RedirectHandler(a.assets.URL("favicon.svg"), http.StatusFound))

	page := mux.With(a.setBrowserCookie, a.loadSession, a.checkFormToken)
	page.Get("/", a.handle(a.home))
	page.Get("/profile", a.handle(a.protected(a.profile)))
}

// authRoutes are below the base path. Limits come before the session is loaded.
func (a *App) authRoutes(mux chi.Router) {
	limits := a.limits()
	mux.With(fileHeaders).Get("/assets/*", a.assets.ServeHTTP)

	// For people.
	mux.With(limits.signIns, a.loadSession, a.checkFormToken).Post("/signin/{provider}", a.handle(a.signIn))
	mux.With(limits.callbacks, a.loadSession, a.checkFormToken).Get("/callback/{provider}", a.handle(rejectPrefetch(a.callback)))
	mux.With(a.loadSession, a.checkFormToken).Post("/session", a.handle(a.protected(a.keepAlive)))
	mux.With(a.loadSession, a.checkFormToken).Post("/signout", a.handle(a.signOut))
	mux.With(a.setBrowserCookie, a.loadSession, a.checkFormToken).Group(func(mux chi.Router) {
		mux.Post("/sessions/device", a.handle(a.protected(a.device)))
		mux.Post("/sessions/{id}/end", a.handle(a.protected(a.endSession)))
		mux.Post("/sessions/end-others", a.handle(a.protected(a.requireFresh(endAction, a.endOtherSessions))))
		mux.Get("/signed-in", a.handle(a.protected(a.signedIn)))
	})

	// For other sites, in the person's browser: it changes nothing.
	mux.With(a.loadSession).Get("/initiate", a.handle(a.initiate))
	mux.With(a.loadSession).Post("/initiate", a.handle(a.initiate))

	// For a reverse proxy, about each request that a person makes.
	mux.With(a.loadSession).Get("/verify", a.handle(a.verify))

	// For scripts: these do not count as activity.
	mux.With(a.auth.Background).Get("/session", a.handle(a.session))
	mux.With(a.auth.Background).Get("/events", a.handle(rejectPrefetch(a.events))) // HEAD would leave the stream running

	// For the provider, and for a frame on its page: these read no cookie.
	mux.With(limits.backChannel).Post("/backchannel-logout/{provider}", a.handle(a.backChannelLogout))
	mux.With(limits.frontChannel).Get("/frontchannel-logout/{provider}", a.handle(rejectPrefetch(a.frontChannelLogout)))
}

// lenient routes HEAD as GET, and ignores a slash at the end of a path, which proxies and
// people add. (The middleware of chi is not imported; see package recorder.)
func lenient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := chi.RouteContext(r.Context())
		if r.Method == http.MethodHead {
			route.RouteMethod = http.MethodGet
		}
		route.RoutePath = withoutSlash(r)
		next.ServeHTTP(w, r)
	})
}

// withoutSlash is the path that chi matches.
func withoutSlash(r *http.Request) string {
	return cmp.Or(strings.TrimSuffix(cmp.Or(r.URL.RawPath, r.URL.Path), "/"), "/")
}

// unlessPrepared is first, or next for a request that has come through App.Middleware.
func unlessPrepared(first, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrepared(r) {
			next.ServeHTTP(w, r)
			return
		}
		first.ServeHTTP(w, r)
	})
}

// baseMiddleware is for every request.
func (a *App) baseMiddleware(trusted []netip.Prefix) chi.Middlewares {
	return chi.Middlewares{
		a.clientAddress(trusted),
		a.requestID, // the events of package auth ask it for the client's address
		a.accessLog,
		a.recoverer,
		a.security,
		a.sameOrigin,
	}
}

func notFound(http.ResponseWriter, *http.Request) error { return newError(codeNotFound) }

// methodNotAllowed lists the methods that the URL accepts (RFC 9110 section 15.5.6).
func methodNotAllowed(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), method, withoutSlash(r)) {
			allowed = append(allowed, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return newError(codeMethodNotAllowed)
}

// localURL returns a request's own URL, for links and forms on its page.
func localURL(r *http.Request) string { return oneSlash(r.URL.RequestURI()) }

// oneSlash makes a path start with one slash: with two, a link to it would lead to the
// host that they name (URL Standard section 4.4). Some routers serve such a path.
func oneSlash(path string) string { return "/" + strings.TrimLeft(path, "/") }

// urlParam returns a parameter of the route's pattern, unescaped once. chi's own is
// still escaped if the path has an escape that Go would not write, such as %61.
func urlParam(r *http.Request, name string) string {
	value := chi.URLParam(r, name)
	if r.URL.RawPath == "" { // chi has matched the unescaped path
		return value
	}
	unescaped, err := url.PathUnescape(value)
	if err != nil {
		return value // net/http has rejected such a request
	}
	return unescaped
}
