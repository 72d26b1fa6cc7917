package handlers

import (
	"context"
	"html/template"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/views"
)

// Middleware is for the app's own pages, protected or not: auth.FromContext says who is
// signed in, and App.Head and App.Body work. It adds what our own routes have too:
// security headers, a log line for each request, an error page for a panic, and no POST
// from other sites. It wraps a whole mux, or is one of chi's; requests below the base
// path pass unchanged.
func (a *App) Middleware(next http.Handler) http.Handler {
	prepared := a.prepare(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isPrepared(r) || strings.HasPrefix(r.URL.EscapedPath(), a.auth.BasePath()+"/") {
			next.ServeHTTP(w, r)
			return
		}
		prepared.ServeHTTP(w, r)
	})
}

// prepare is every middleware of the app's own pages. The page's own caching is left
// alone for what is part of a page, such as images.
func (a *App) prepare(next http.Handler) http.Handler {
	all := append(chi.Middlewares{withAppPage}, a.base...)
	all = append(all, a.setBrowserCookie, a.loadSession, cacheParts, fillAppPage)
	return all.Handler(next)
}

// cacheParts lets the app cache what is part of a page, such as a style sheet: browsers
// name the destination of a request (Fetch Metadata section 2.1). Someone's page can be
// requested like that too, so no shared cache keeps what a person with a session gets.
func cacheParts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Sec-Fetch-Dest") {
		case "audio", "font", "image", "manifest", "script", "style", "track", "video", "worker":
			w.Header().Del("Cache-Control")
			if session, err := auth.FromContext(r.Context()); session != nil || err != nil {
				w.Header().Set("Cache-Control", cachePrivate)
			}
		}
		next.ServeHTTP(w, r)
	})
}

const cachePrivate = "private"

// Component is a piece of HTML for the app's own pages: a templ component, and with its
// method HTML a value for html/template.
type Component struct{ html string }

// Render writes the HTML (templ.Component).
func (c Component) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, c.html)
	return err
}

// HTML returns the HTML: {{.Head.HTML}} in a template.
func (c Component) HTML() template.HTML { return template.HTML(c.html) }

// Head returns what a page of the app's own has in its <head>: a style sheet, which
// changes only the dialog and the notices of Body, and a script. Call it before
// the page is written: it clears the cookie of the notice that Body shows.
func (a *App) Head(ctx context.Context) Component { return a.embed(ctx, views.AppHead) }

// Body returns what a page of the app's own has before its </body>: a live region, a
// dialog, and who is signed in. With Head it keeps the page up to date: a sign-out shows
// in every tab, a warning comes before the session ends, and what someone types survives
// a sign-in. With htmx (Config.HTMX) they sign in in a popup when the session has ended
// or an action needs a confirmation, and the failed request is sent again.
//
// The page must come through App.Middleware or a guard.
func (a *App) Body(ctx context.Context) Component { return a.embed(ctx, views.AppBody) }

// FormToken returns a hidden field for forms that act for the person who is signed in.
// On pages with Head and Body the script adds it to every form; this field is for people
// without JavaScript.
func (a *App) FormToken(ctx context.Context) Component {
	return component(ctx, views.FormToken(a.auth.FormToken(ctx)))
}

// ScriptIntegrity returns the hash of our script, which App.Head has in its element. An
// app with a policy of its own lists it in script-src, in quotes, or 'self'.
func (a *App) ScriptIntegrity() string { return a.assets.Integrity("app.js") }

// appPage is the request of a page of the app's own.
type appPage struct {
	w    http.ResponseWriter
	r    *http.Request // nil until all middleware has run
	once sync.Once
	page views.Page
}

type appPageKey struct{}

// withAppPage puts an empty appPage into the context. It comes before the access log, which
// reads the pattern of the app's own mux from it.
func withAppPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), appPageKey{}, new(appPage))))
	})
}

// fillAppPage is the last middleware.
func fillAppPage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.Context().Value(appPageKey{}).(*appPage)
		p.w, p.r = w, r
		next.ServeHTTP(w, r)
	})
}

// appPageOf returns nil for a request that has not come through App.Middleware or a guard.
func appPageOf(ctx context.Context) *appPage {
	if p, ok := ctx.Value(appPageKey{}).(*appPage); ok && p.r != nil {
		return p
	}
	return nil
}

// isPrepared reports whether a request has come through App.Middleware already.
func isPrepared(r *http.Request) bool { return appPageOf(r.Context()) != nil }

// embed renders a part of the app's own page.
func (a *App) embed(ctx context.Context, part func(views.Page) templ.Component) Component {
	p := appPageOf(ctx)
	if p == nil {
		a.log.Error("App.Head or App.Body is on a page that does not come through App.Middleware or a guard, so it has no effect")
		return Component{}
	}
	p.once.Do(func() { p.page = a.embeddedPage(p) })
	return component(ctx, part(p.page))
}

// embeddedPage is what Head and Body show. It consumes the notice.
func (a *App) embeddedPage(p *appPage) views.Page {
	session, _ := auth.FromContext(p.r.Context()) // after an error, nobody is shown as signed in
	if fromHTMX(p.r) {
		return views.Page{Site: a.site, Person: a.person(p.r, session)}
	}
	return a.page(p.w, p.r, session)
}

func component(ctx context.Context, c templ.Component) Component {
	var b strings.Builder
	_ = c.Render(ctx, &b) // fails only when the client has disconnected
	return Component{b.String()}
}
