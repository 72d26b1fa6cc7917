package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"latchkey/assets"
)

// routes is every URL and every middleware, in order.
func (a *app) routes(c Config) http.Handler {
	mux := chi.NewRouter()
	mux.Use(a.baseMiddleware(c)...)
	mux.Use(middleware.GetHead, middleware.StripSlashes, bodyLimit(maxBody)) // proxies and people add a slash
	mux.NotFound(a.handle(notFound))
	mux.MethodNotAllowed(a.handle(methodNotAllowed))

	// These work without the store, whatever cookies the browser sends.
	mux.Get("/healthz", a.handle(a.healthz))
	mux.Get("/readyz", a.handle(a.readyz))
	mux.Handle("/assets/*", assets.Handler())
	mux.Handle("/favicon.ico", http.RedirectHandler(assets.URL("favicon.svg"), http.StatusFound))

	// A person does these.
	mux.Group(func(mux chi.Router) {
		mux.Use(a.setBrowserCookie(c.RateLimit), a.loadSession, a.checkFormToken)
		mux.Get("/", a.handle(a.home))
		mux.Get("/profile", a.handle(a.protected(a.profile)))
		mux.Post("/profile/device", a.handle(a.protectedForm(deviceForm, a.device)))
		mux.Post("/profile/sessions/{id}/end", a.handle(a.protectedForm(endForm, a.endSession)))
		mux.Post(endOthersURL, a.handle(a.protectedForm(endForm, a.requireFresh(endAction, a.endOtherSessions))))
		mux.Get(signedInURL, a.handle(a.protected(a.signedIn)))
		mux.Get("/groups/{group}", a.handle(a.requireGroup(groupInURL, a.group)))
	})

	mux.Route(a.auth.BasePath(), func(mux chi.Router) {
		mux.NotFound(a.handle(notFound))
		mux.MethodNotAllowed(a.handle(methodNotAllowed))

		// A person does these. Limits come before the session is looked up.
		limits := a.limits(c.RateLimit)
		mux.With(limits.signIns, a.loadSession, a.checkFormToken).Post("/signin/{provider}", a.handle(a.signIn))
		mux.With(limits.callbacks, a.loadSession, a.checkFormToken).Get("/callback/{provider}", a.handle(rejectPrefetch(a.callback)))
		mux.With(a.loadSession, a.checkFormToken).Post("/session", a.handle(a.protected(a.keepAlive)))
		mux.With(a.loadSession, a.checkFormToken).Post("/signout", a.handle(a.signOut))

		// Scripts ask these: they are no activity.
		mux.Group(func(mux chi.Router) {
			mux.Use(a.auth.Background)
			mux.Get("/session", a.handle(a.session))
			mux.Get("/events", a.handle(rejectPrefetch(a.events))) // a HEAD would seem answered while the stream goes on
		})
		// The provider calls the first, and a frame on its page the second: no
		// cookie is read.
		mux.With(limits.backChannel).Post("/backchannel-logout/{provider}", a.handle(a.backChannelLogout))
		mux.With(limits.frontChannel).Get("/frontchannel-logout/{provider}", a.handle(rejectPrefetch(a.frontChannelLogout)))
	})
	return mux
}

// baseMiddleware is what every request passes.
func (a *app) baseMiddleware(c Config) chi.Middlewares {
	return chi.Middlewares{
		a.requestID,
		a.clientAddress(c.TrustedProxies),
		a.accessLog,
		a.recoverer,
		a.security,
		a.sameOrigin,
	}
}

// protectPage is what a page passes that is not one of ours.
func (a *app) protectPage(c Config) func(http.Handler) http.Handler {
	through := append(a.baseMiddleware(c), bodyLimit(maxFormBody), a.setBrowserCookie(c.RateLimit), a.loadSession)
	return func(page http.Handler) http.Handler {
		owned := a.checkFormToken(page) // reads a form, but only of someone who is signed in
		return through.Handler(a.handle(a.protected(func(w http.ResponseWriter, r *http.Request) error {
			owned.ServeHTTP(w, r)
			return nil
		})))
	}
}
