package handlers

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"sync"

	"github.com/a-h/templ"

	"latchkey/auth"
	"latchkey/views"
)

// isPlainForm reports whether a browser has sent a form by itself.
func isPlainForm(r *http.Request) bool {
	return r.Method == http.MethodPost && !fromHTMX(r) && !wantsJSON(r)
}

// sentForm reads a form, and returns it as it was sent, for the person to send again. The
// code of its error is too_large if the texts are too long for another page.
func (a *App) sentForm(r *http.Request) (templ.Component, error) {
	if err := parseForm(r); err != nil {
		return nil, formError(err)
	}
	f := views.SentFields{Words: a.site.Words, Form: views.Form{URL: localURL(r)}}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
		f.Multipart = true
	}
	length := 0
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			length += len(name) + len(value)
			addSentText(&f, views.Field{Name: name, Value: value})
		}
	}
	if length > maxBody {
		return nil, newError(codeTooLarge)
	}
	if f.Multipart {
		for _, name := range slices.Sorted(maps.Keys(r.MultipartForm.File)) {
			for range r.MultipartForm.File[name] {
				f.Fields = append(f.Fields, views.SentField{Field: views.Field{Name: name}, Type: "file"})
			}
		}
	}
	return views.SentForm(f), nil
}

func addSentText(f *views.SentFields, field views.Field) {
	switch {
	case field.Name == formTokenField || hiddenField().MatchString(field.Name):
		f.Hidden = append(f.Hidden, field)
	case secretField().MatchString(field.Name):
		f.Fields = append(f.Fields, views.SentField{Field: views.Field{Name: field.Name}, Type: "password"})
	default:
		f.Fields = append(f.Fields, views.SentField{Field: field})
	}
}

// secretField matches the names of fields whose values must not be on another page.
var secretField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)passw|passphrase|secret|token|^otp|otp$|[^a-z]otp|pin$|^card$|card[^a-z]?(no|num)|creditcard|cvc`)
})

// hiddenField matches the names of an app's own form tokens, which no one can type again.
var hiddenField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)csrf|xsrf|authenticity|verificationtoken`)
})

const (
	formTokenField  = "form_token"
	formTokenHeader = "Form-Token" // what our script sends instead, from a page of the app's own
)

// checkFormToken rejects a form with 409 if it comes from a page that was rendered
// for another user than the one who is signed in now. It reads forms with files too.
func (a *App) checkFormToken(next http.Handler) http.Handler {
	check := a.checkForm(func(w http.ResponseWriter, r *http.Request, _ *auth.Session) error {
		next.ServeHTTP(w, r)
		return nil
	})
	return a.handle(func(w http.ResponseWriter, r *http.Request) error { return check(w, r, nil) })
}

// checkForm is checkFormToken for a guard.
func (a *App) checkForm(next sessionHandler) sessionHandler {
	return func(w http.ResponseWriter, r *http.Request, session *auth.Session) error {
		if token := r.Header.Get(formTokenHeader); token != "" {
			if err := a.auth.CheckFormToken(r.Context(), token); err != nil {
				return err
			}
		} else if slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, r.Method) { // by which htmx sends forms
			if err := parseForm(r); err != nil {
				return formError(err)
			}
			if r.MultipartForm != nil {
				defer r.MultipartForm.RemoveAll() // net/http does not, once a middleware has copied the request
			}
			if err := a.auth.CheckFormToken(r.Context(), r.PostForm.Get(formTokenField)); err != nil {
				return err
			}
		}
		return next(w, r, session)
	}
}

// parseForm reads a form of either encoding. One without files can be read again, as a
// reverse proxy does.
func parseForm(r *http.Request) error {
	var sent bytes.Buffer
	body := r.Body
	if body != nil {
		r.Body = io.NopCloser(io.TeeReader(body, &sent))
	}
	err := r.ParseForm()
	r.Body = body
	if err != nil {
		return err
	}
	if sent.Len() > 0 {
		r.Body = io.NopCloser(&sent)
	}
	if err := r.ParseMultipartForm(maxBody); !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	return nil
}
