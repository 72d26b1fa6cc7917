package handlers

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render responds with a page, or with one of its fragments if htmx requested a
// part. It renders before it writes, so that a failure becomes an error page and
// never half a page.
func (a *App) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component, fragment string) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	var err error
	if (wantsFragment(r) || inAppPage(r)) && fragment != "" {
		err = templ.RenderFragments(r.Context(), b, page, fragment)
	} else {
		err = page.Render(r.Context(), b)
	}
	if err != nil {
		return err
	}
	h := w.Header()
	dropAppHeaders(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	body := b.Bytes()
	_, public := page.(publicPage)
	if stream, ok := a.head.AppendCompressed(b.AvailableBuffer(), body, r.Header.Values("Accept-Encoding"), public); ok {
		h.Set("Content-Encoding", "br")
		body = stream
		b.Write(stream) // gives the buffer the capacity for the next one
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// publicPage is a page that shows nothing about a request or a person.
type publicPage struct{ templ.Component }

// page returns what every page shows around its content. It consumes the notice, so
// that it is shown once, in the tab where the person acts.
func (a *App) page(w http.ResponseWriter, r *http.Request, session *auth.Session) views.Page {
	page := views.Page{Site: a.site, Person: a.person(r, session)}
	if session == nil {
		shareProcess(w, r)
	}
	if !isPrefetch(r) && !isRefresh(r) {
		notice, cookies := a.auth.Notice(r.Context())
		auth.SetCookies(w, cookies)
		page.Notice = a.notice(notice)
	}
	return page
}

func (a *App) newSite(brand views.Brand) *views.Site {
	return views.NewSite(views.Site{
		Home:        "/",
		Brand:       brand,
		Words:       a.texts.words,
		SessionURL:  a.auth.BasePath() + "/session",
		SignedInURL: a.signedInURL(),
		SignOutURL:  a.auth.BasePath() + "/signout",
		EventsURL:   a.auth.BasePath() + "/events",
		Assets: views.Assets{
			Style: a.assets.URL("app.css"), Script: a.assets.URL("app.js"), Icon: a.assets.URL("favicon.svg"),
			Dialog: a.assets.URL("dialog.css"), Integrity: a.assets.Integrity("app.js"),
		},
	})
}

func (a *App) person(r *http.Request, session *auth.Session) *views.Person {
	if session == nil {
		return nil
	}
	return &views.Person{
		Name:       session.User.Name,
		Email:      session.User.Email,
		Picture:    session.User.Picture,
		Provider:   a.auth.ProviderName(session.Provider),
		ProfileURL: "/profile",
		FormToken:  a.auth.FormToken(r.Context()),
		ID:         session.Provider + " " + session.User.Subject,
		Remaining:  session.ExpiresAt.Sub(a.auth.Now()),
	}
}

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// redirect sends the browser to the next page, with its cookies: by a header, or by
// a page if a form must be posted or the URL does not fit into the headers.
func (a *App) redirect(w http.ResponseWriter, r *http.Request, next auth.Redirect) error {
	// htmx follows a 303 to a page of ours by itself, and swaps the result.
	if fromHTMX(r) && (!next.Local() || inAppPage(r)) {
		if !redirectExternal(w, next) {
			return a.redirectByPage(w, r, next)
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if !next.SetHeader(w, "Location") {
		return a.redirectByPage(w, r, next)
	}
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// redirectByPage responds with a page that leads to the next one, by our script or
// its button.
func (a *App) redirectByPage(w http.ResponseWriter, r *http.Request, next auth.Redirect) error {
	to := views.Form{URL: next.URL}
	for _, name := range slices.Sorted(maps.Keys(next.Form)) {
		to.Hidden = append(to.Hidden, views.Field{Name: name, Value: next.Form.Get(name)})
	}
	retarget(w, r)
	return a.render(w, r, http.StatusOK, views.FormRedirectPage(views.Page{Site: a.site}, to), "next")
}
