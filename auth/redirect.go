package auth

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"latchkey/auth/internal/cookies"
)

// Redirect is where to send the browser next, with the cookies to set. A URL that starts
// with "/" is a page of our own.
type Redirect struct {
	URL     string
	Form    url.Values // to be posted to URL by the browser; nil means a plain redirect
	Cookies []*http.Cookie

	// Notice is what the next page shows, for a caller that responds to a sign-out with
	// that page instead of the redirect (see ClearNotice). It may be nil.
	Notice *Notice
}

// Local reports whether the next page is one of our own.
func (next Redirect) Local() bool { return strings.HasPrefix(next.URL, "/") }

// WriteTo responds with the redirect and its cookies. It replaces http.Redirect, which
// would change a URL that has been checked, and http.SetCookie, which would double
// cookies. A request from htmx gets HX-Redirect, since it cannot follow a redirect to
// the provider. A form, or a URL that is too long for a header, gets a page with a
// button that leads on.
func (next Redirect) WriteTo(w http.ResponseWriter, r *http.Request) {
	htmx := r.Header.Get("HX-Request") == "true"
	header, status := "Location", http.StatusSeeOther
	if htmx {
		header, status = "HX-Redirect", http.StatusOK
	}
	if next.SetHeader(w, header) {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = continuePage.Execute(w, next) // fails only if the client disconnected
}

// SetHeader sets the cookies and the header that redirects, "Location" or "HX-Redirect".
// It returns false, without that header, if a form must be posted or the URL is too long:
// then the response must be a page that leads on.
func (next Redirect) SetHeader(w http.ResponseWriter, name string) bool {
	cleared := func(c *http.Cookie) bool { return c.MaxAge <= 0 }
	SetCookies(w, slices.DeleteFunc(slices.Clone(next.Cookies), cleared))
	sent := next.Form == nil && cookies.Fits(w.Header(), name, next.URL)
	if sent {
		w.Header().Set(name, next.URL)
	}
	SetCookies(w, next.Cookies) // those that are cleared get the space that is left
	return sent
}

// continuePage leads on by a link or a button.
var continuePage = template.Must(template.New("continue").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Continue</title>
{{- if .Form}}<form method="post" action="{{.URL}}">
	{{- range $name, $values := .Form}}<input type="hidden" name="{{$name}}" value="{{index $values 0}}">{{end}}<button>Continue</button></form>
{{- else}}<a href="{{.URL}}">Continue</a>{{end}}`))

// SetCookies sets the cookies of a response. It replaces http.SetCookie, which would
// double a cookie that the response sets already, and keeps the response's headers short
// enough for proxies.
func SetCookies(w http.ResponseWriter, all []*http.Cookie) {
	cookies.Set(w.Header(), all, browserCookie)
}
