package handlers

import (
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

const (
	nameURL = "/profile/name"
	maxName = 255 // characters
)

// POST /profile/name
func (a *app) name(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	if scimMe(session) == "" {
		return errNotFound
	}
	n := a.nameForm(r, session)
	n.Given, n.Family = r.PostFormValue("given"), r.PostFormValue("family")
	if judgeName(&n) {
		return a.nameAnswer(w, r, session, http.StatusUnprocessableEntity, n)
	}
	err = a.scimRename(r.Context(), session, scimName{n.Given, n.Family})
	if codeOf(err) == auth.SessionEnded {
		return err // nothing was done: it is sent again after signing in
	}
	status := a.tellOfRename(r, &n, err)
	if err == nil && !wantsFragment(r) {
		return a.send(w, r, auth.Redirect{URL: "/profile"})
	}
	return a.nameAnswer(w, r, session, status, n)
}

// judgeName says beside each field what is wrong with it, and reports whether
// anything is.
func judgeName(n *views.Name) bool {
	if strings.TrimSpace(n.Given+n.Family) == "" {
		n.GivenTrouble = "Write at least one name."
	}
	for _, field := range []struct{ value, trouble *string }{{&n.Given, &n.GivenTrouble}, {&n.Family, &n.FamilyTrouble}} {
		switch {
		case utf8.RuneCountInString(*field.value) > maxName:
			*field.trouble = "At most 255 characters, please."
		case !utf8.ValidString(*field.value) || strings.ContainsFunc(*field.value, unicode.IsControl):
			*field.trouble = "Without line breaks, please."
		}
	}
	return n.GivenTrouble+n.FamilyTrouble != ""
}

// tellOfRename says what the provider made of a new name.
func (a *app) tellOfRename(r *http.Request, n *views.Name, err error) (status int) {
	switch {
	case err == nil:
		n.Notice = &views.Notice{Good: true, Text: "Your name is saved at " + n.Provider + ". Apps see it when you next sign in."}
		return http.StatusOK
	case errors.Is(err, errSCIMRefused):
		n.GivenTrouble = n.Provider + " refuses this name."
		status = http.StatusUnprocessableEntity
	default:
		n.Notice = &views.Notice{Text: n.Provider + " gave no usable answer. Whether your name has changed is not known: try again in a moment."}
		status = http.StatusBadGateway
	}
	a.log.Warn("a name could not be changed", "error", err, "reference", reference(r.Context()))
	return status
}

// nameAnswer answers with the form as it now is: as a fragment, or in its page.
func (a *app) nameAnswer(w http.ResponseWriter, r *http.Request, session *auth.Session, status int, n views.Name) error {
	if wantsFragment(r) {
		return a.render(w, r, status, views.ProfilePage(views.Profile{Page: a.frame(), Name: &n}), "name")
	}
	page, err := a.profilePage(w, r, session)
	if err != nil {
		return err
	}
	page.Name = &n
	return a.render(w, r, status, views.ProfilePage(page), "profile")
}

// nameAtProvider is what /profile shows of it. A provider that is down or slow
// takes nothing but this from the page.
func (a *app) nameAtProvider(r *http.Request, session *auth.Session) *views.Name {
	if scimMe(session) == "" {
		return nil
	}
	n := a.nameForm(r, session)
	name, err := a.scimRead(r.Context(), session)
	if err != nil {
		a.log.Warn("the person's profile at the provider could not be read", "error", err, "reference", reference(r.Context()))
		n.Trouble = n.Provider + " does not show your profile at present. Load the page again in a moment."
		if codeOf(err) == auth.SessionEnded {
			n.Trouble = n.Provider + " shows your profile again after you sign out and sign in."
		}
	}
	n.Given, n.Family = name.Given, name.Family
	return &n
}

func (a *app) nameForm(r *http.Request, session *auth.Session) views.Name {
	return views.Name{Form: a.form(r, nameURL), Title: views.Title("Your profile"), Provider: a.auth.ProviderName(session.Provider)}
}

func sentNameForm(r *http.Request) templ.Component {
	return views.NameForm(views.Name{
		Form: sentForm(r, "given", "family"), Provider: "the provider",
		Given: r.PostFormValue("given"), Family: r.PostFormValue("family"),
	})
}
