package handlers

import "net/http"

// rightOwner refuses a form from a page that belongs to somebody other than who
// is signed in now, before anything is done: it answers 409. Every form of a
// page of somebody's has the owner in a hidden field.
func (a *app) rightOwner(next http.Handler) http.Handler {
	return a.handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil {
				return badForm(err)
			}
			if err := a.auth.CheckOwner(r.Context(), r.PostForm.Get("owner")); err != nil {
				return err
			}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}
