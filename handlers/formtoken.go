package handlers

import (
	"errors"
	"net/http"
)

// checkFormToken refuses a form from a page that belongs to somebody other than who
// is signed in now, before anything is done: it answers 409. Every form of a
// page of somebody's has the owner in a hidden field, one with files too.
func (a *app) checkFormToken(next http.Handler) http.Handler {
	return a.handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			if err := parseForm(r); err != nil {
				return formError(err)
			}
			if r.MultipartForm != nil {
				defer r.MultipartForm.RemoveAll() // net/http does it only where no middleware has copied the request
			}
			if err := a.auth.CheckFormToken(r.Context(), r.PostForm.Get("owner")); err != nil {
				return err
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// parseForm reads a form of either encoding.
func parseForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	if err := r.ParseMultipartForm(maxBody); !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return nil
}
