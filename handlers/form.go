package handlers

import (
	"maps"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

// form is a form of the person who is signed in.
func (a *app) form(r *http.Request, url string) views.Form {
	return views.Form{URL: url, Hidden: []views.Field{{Name: "owner", Value: a.auth.FormToken(r.Context())}}}
}

// echoForm is a form as it was sent: what its own fields do not show goes
// along unseen, the owner too, so that nobody else can send it.
func echoForm(r *http.Request, shown ...string) views.Form {
	f := views.Form{URL: r.URL.RequestURI()}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if slices.Contains(shown, name) {
			continue
		}
		for _, value := range r.PostForm[name] {
			f.Hidden = append(f.Hidden, views.Field{Name: name, Value: value})
		}
	}
	return f
}

// protectedForm lets a form through only for someone who is signed in, and
// refuses it before anything is done otherwise. htmx then asks the person to
// sign in and sends it again; a plain form goes back as it came, to be sent
// again by hand. Nothing of it is stored.
func (a *app) protectedForm(sent func(*http.Request) templ.Component, do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		if session != nil {
			return do(w, r)
		}
		if fromHTMX(r) || wantsJSON(r) {
			return errSignInRequired
		}
		if err := r.ParseForm(); err != nil {
			return formError(err)
		}
		return a.render(w, r, http.StatusUnauthorized, views.ReturnedPage(views.ReturnedForm{
			Page: a.basePage(), SignIn: a.popupSignInCard(r), Form: sent(r),
		}), "returned")
	}
}
