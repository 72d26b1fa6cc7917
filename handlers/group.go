package handlers

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/views"
)

// requireGroup lets only members of a group through to a page, and answers
// everyone else who is signed in with a readable 403.
func (a *app) requireGroup(group func(*http.Request) string, page handler) handler {
	return a.protected(func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		if !session.InGroup(group(r)) {
			return &auth.Error{Code: auth.NotInGroup, Provider: session.Provider, Err: fmt.Errorf("the person is not in the group %q", shortened(group(r)))}
		}
		return page(w, r)
	})
}

func groupInURL(r *http.Request) string { return chi.URLParam(r, "group") }

// GET /groups/{group}
//
// An example of a page that only members of a group may see.
func (a *app) group(w http.ResponseWriter, r *http.Request) error {
	session, err := auth.FromContext(r.Context())
	if err != nil {
		return err
	}
	return a.render(w, r, http.StatusOK, views.GroupPage(views.Group{Page: a.page(w, r, session), Name: groupInURL(r)}), "group")
}
