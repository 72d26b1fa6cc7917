package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"latchkey/auth"
	"latchkey/views"
)

// requireGroup lets only members of a group through to a page, and answers
// everyone else who is signed in with a readable 403. The group is one of the
// provider that Config.GroupProvider names.
func (a *app) requireGroup(group func(*http.Request) string, page handler) handler {
	return a.protected(func(w http.ResponseWriter, r *http.Request) error {
		session, err := auth.FromContext(r.Context())
		if err != nil {
			return err
		}
		provider, err := a.trustedGroups(r)
		if err == nil && !session.InGroup(provider, group(r)) {
			err = fmt.Errorf("the person is not in the group of the provider %q that the page is for", provider)
		}
		if err != nil {
			return &auth.Error{Code: auth.NotInGroup, Provider: session.Provider, Err: err}
		}
		return page(w, r)
	})
}

// trustedGroups returns the id of the provider whose groups open pages.
func (a *app) trustedGroups(r *http.Request) (string, error) {
	if a.groupProvider != "" {
		return a.groupProvider, nil
	}
	offers := a.auth.Providers(r.Context())
	if len(offers) != 1 {
		return "", errors.New("several providers are configured, and none is named whose groups count: set GroupProvider in handlers.Config")
	}
	return offers[0].ID, nil
}

func groupInURL(r *http.Request) string { return urlParam(r, "group") }

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
