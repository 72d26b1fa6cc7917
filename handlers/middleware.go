package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
)

// Middleware is for the app's own pages, protected or not: auth.FromContext says who is
// signed in, and App.Head and App.Body work. It adds what our own routes have too:
// security headers, a log line for each request, an error page for a panic, and no POST
// from other sites. It wraps a whole mux, or is one of chi's; requests below the base
// path pass unchanged.
func (a *App) Middleware(next http.Handler) http.Handler {
	prepared := a.prepare(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrepared(r) || strings.HasPrefix(r.URL.Path, a.app.auth.BasePath()+"/") {
			next.ServeHTTP(w, r)
			return
		}
		prepared.ServeHTTP(w, r)
	})
}

// prepare is every middleware of the app's own pages. The page's own caching is left
// alone for what is part of a page, such as images.
func (a *App) prepare(next http.Handler) http.Handler {
	all := append(chi.Middlewares{}, a.app.base...)
	all = append(all, cacheParts, a.app.setBrowserCookie(a.app.rateLimit), a.app.loadSession, forAppPage)
	return all.Handler(next)
}

// Protected guards a page or an API. Someone who is signed out gets the sign-in page in
// its place and returns afterwards; a request that accepts application/json gets 401 and
// JSON, and one of htmx on a page with App.Body the sign-in dialog.
//
// A form with a form token (App.FormToken) is rejected if someone else has signed in
// since; it is parsed for that before the handler sees it, with its files too. A body may
// have 10 MB.
func (a *App) Protected(next http.Handler) http.Handler {
	return a.guard(next, a.app.protected)
}

// ProtectedForm is Protected for the target of a form. Without JavaScript, someone whose
// session has ended gets back what they sent, to send it again after signing in; files and
// passwords are left out.
func (a *App) ProtectedForm(next http.Handler) http.Handler {
	return a.guard(next, func(page sessionHandler) handler { return a.app.protectedForm(sentForm, page) })
}

// RequireGroup is Protected for members of one of these groups or roles at
// Config.GroupProvider. Everyone else who is signed in gets 403.
func (a *App) RequireGroup(groups ...string) func(http.Handler) http.Handler {
	return a.require(func(page sessionHandler) sessionHandler { return a.app.requireGroup(groups, page) })
}

// RequireFresh is Protected for a sensitive action: the person must have signed in again,
// a few minutes ago at most and for this action. The words tell them why, such as "Sign
// in again to delete your notes." With htmx on a page with App.Body they sign in in a
// popup, and the request is sent again; otherwise they return to the page they came from.
//
// Call it while setting up routes: the name of an action must mean one confirmation.
func (a *App) RequireFresh(c auth.Confirmation, words string) func(http.Handler) http.Handler {
	a.app.addConfirmation(confirmation{Confirmation: c, text: words, page: a.app.pageOfForm})
	return a.require(func(page sessionHandler) sessionHandler { return a.app.requireFresh(c.Action, page) })
}

func (a *App) require(guard func(sessionHandler) sessionHandler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return a.guard(next, func(page sessionHandler) handler { return a.app.protected(guard(page)) })
	}
}

// guard is every guard of the app's own pages. A form is checked before the page sees it,
// but read only for someone who is signed in.
func (a *App) guard(next http.Handler, protect func(sessionHandler) handler) http.Handler {
	checked := a.app.checkFormToken(next)
	page := func(w http.ResponseWriter, r *http.Request, _ *auth.Session) error {
		checked.ServeHTTP(w, r)
		return nil
	}
	guarded := bodyLimit(maxFormBody)(a.app.handle(protect(page)))
	prepared := a.prepare(guarded)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrepared(r) {
			guarded.ServeHTTP(w, r)
			return
		}
		prepared.ServeHTTP(w, r)
	})
}

// cacheParts lets the app cache what is part of a page, such as a style sheet: browsers
// name the destination of a request (Fetch Metadata section 2.1).
func cacheParts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Sec-Fetch-Dest") {
		case "audio", "font", "image", "manifest", "script", "style", "track", "video", "worker":
			w.Header().Del("Cache-Control")
		}
		next.ServeHTTP(w, r)
	})
}
