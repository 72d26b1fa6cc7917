package handlers

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render answers with a page, or with a fragment of it where htmx asked for a
// part. It renders before it writes: a failure becomes an error page, and
// never half a page.
func (a *app) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component, fragment string) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	var err error
	if wantsFragment(r) && fragment != "" {
		err = templ.RenderFragments(r.Context(), b, page, fragment)
	} else {
		err = page.Render(r.Context(), b)
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	b.WriteTo(w)
	return nil
}

// redirect sends the browser on to the next page, with its cookies: by a redirect or,
// where a form is to be posted or the URL does not fit into a header, by a page.
func (a *app) redirect(w http.ResponseWriter, r *http.Request, next auth.Redirect) error {
	needed, cleared := splitCookies(next.Cookies)
	setCookies(w, needed)
	leaves := fromHTMX(r) && !next.Local()
	// htmx follows a 303 to a page of ours by itself, and swaps what it finds there.
	// (http.Redirect would clean the URL, its fragment taken for a path, and so
	// make another URL of one that has been checked.)
	sent := next.Form == nil && ((leaves && redirectExternal(w, next.URL)) || (!leaves && redirect(w.Header(), "Location", next.URL)))
	setCookies(w, cleared)
	switch {
	case !sent:
		return a.redirectByForm(w, r, next)
	case leaves:
		w.WriteHeader(http.StatusOK)
	default:
		w.WriteHeader(http.StatusSeeOther)
	}
	return nil
}

// redirectByForm answers with a page that leads on to the next one: by itself where there is
// our script, else by its button.
func (a *app) redirectByForm(w http.ResponseWriter, r *http.Request, next auth.Redirect) error {
	page := views.FormRedirect{Page: a.basePage(), URL: next.URL}
	for _, name := range slices.Sorted(maps.Keys(next.Form)) {
		page.Form = append(page.Form, views.Field{Name: name, Value: next.Form.Get(name)})
	}
	retargetMain(w)
	return a.render(w, r, http.StatusOK, views.NextPage(page), "next")
}

// page is what every page shows around its content. It takes the notice, if
// there is one, so that it is told once: in the tab where the person acts.
func (a *app) page(w http.ResponseWriter, r *http.Request, session *auth.Session) views.Page {
	page := a.basePage()
	page.Person = a.person(r, session)
	if !isPrefetch(r) && !isRefresh(r) {
		notice, cookies := a.auth.Notice(r.Context())
		setCookies(w, cookies)
		page.Notice = noticeText(notice)
	}
	return page
}

// basePage is what even a page that does not know who is signed in shows.
func (a *app) basePage() views.Page {
	return views.Page{Home: "/", SessionURL: a.auth.BasePath() + "/session", SignedInURL: signedInURL}
}

func (a *app) person(r *http.Request, session *auth.Session) *views.Person {
	if session == nil {
		return nil
	}
	return &views.Person{
		Name:       session.User.Name,
		Email:      session.User.Email,
		Picture:    session.User.Picture,
		Provider:   a.auth.ProviderName(session.Provider),
		SignOutURL: a.auth.BasePath() + "/signout",
		ProfileURL: "/profile",
		FormToken:  a.auth.FormToken(r.Context()),
		ID:         session.Provider + " " + session.User.Subject,
		EventsURL:  a.auth.BasePath() + "/events",
		Remaining:  time.Until(session.ExpiresAt),
	}
}

// signInCard offers every provider, to come back to callbackURL.
func (a *app) signInCard(r *http.Request, callbackURL string) views.SignIn {
	card := views.SignIn{CallbackURL: callbackURL, Elsewhere: a.elsewhere(r), Origin: a.auth.Origin()}
	for _, offer := range a.auth.Providers(r.Context()) {
		card.Buttons = append(card.Buttons, views.ProviderButton{
			Name:     offer.Name,
			URL:      a.auth.BasePath() + "/signin/" + offer.ID,
			LastUsed: offer.LastUsed,
			Warning:  providerWarning(offer),
			SignUp:   offer.SignUp,
			Register: offer.Register,
		})
	}
	return card
}

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}
