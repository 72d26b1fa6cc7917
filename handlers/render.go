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

// render responds with a page, or with one of its fragments if htmx requested a
// part. It renders before it writes, so that a failure becomes an error page and
// never half a page.
func (a *app) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component, fragment string) error {
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
	h.Set("Content-Type", "text/html; charset=utf-8")
	body := b.Bytes()
	if stream, ok := a.head.Compress(body, r.Header.Values("Accept-Encoding")); ok {
		h.Set("Content-Encoding", "br")
		body = stream
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
	return nil
}

// page returns what every page shows around its content. It consumes the notice, so
// that it is shown once, in the tab where the person acts.
func (a *app) page(w http.ResponseWriter, r *http.Request, session *auth.Session) views.Page {
	page := a.basePage()
	page.Person = a.person(r, session)
	if session == nil {
		shareProcess(w, r)
	}
	if !isPrefetch(r) && !isRefresh(r) {
		notice, cookies := a.auth.Notice(r.Context())
		setCookies(w, cookies)
		page.Notice = a.notice(notice)
	}
	return page
}

// basePage is page without the session and the notice.
func (a *app) basePage() views.Page {
	return views.Page{
		Home:        "/",
		Brand:       a.brand,
		SessionURL:  a.auth.BasePath() + "/session",
		SignedInURL: a.signedInURL(),
		SignOutURL:  a.auth.BasePath() + "/signout",
		Assets: views.Assets{
			Style: a.assets.URL("app.css"), Script: a.assets.URL("app.js"), Icon: a.assets.URL("favicon.svg"),
			Dialog: a.assets.URL("dialog.css"), Integrity: a.integrity,
		},
	}
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

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// redirect sends the browser to the next page, with its cookies: by a header, or by
// a page if a form must be posted or the URL does not fit into the headers.
func (a *app) redirect(w http.ResponseWriter, r *http.Request, next auth.Redirect) error {
	needed, cleared := splitCookies(next.Cookies)
	setCookies(w, needed)
	leaves := fromHTMX(r) && (!next.Local() || inAppPage(r))
	// htmx follows a 303 to a page of ours by itself, and swaps the result.
	// (http.Redirect would clean the URL, fragment included, and so turn a URL that
	// has been checked into another.)
	sent := next.Form == nil && ((leaves && redirectExternal(w, next.URL)) || (!leaves && setURL(w.Header(), "Location", next.URL)))
	setCookies(w, cleared)
	switch {
	case !sent:
		return a.redirectByPage(w, r, next)
	case leaves:
		w.WriteHeader(http.StatusOK)
	default:
		w.WriteHeader(http.StatusSeeOther)
	}
	return nil
}

// redirectByPage responds with a page that leads to the next one, by our script or
// its button.
func (a *app) redirectByPage(w http.ResponseWriter, r *http.Request, next auth.Redirect) error {
	page := views.FormRedirect{Page: a.basePage(), URL: next.URL}
	for _, name := range slices.Sorted(maps.Keys(next.Form)) {
		page.Form = append(page.Form, views.Field{Name: name, Value: next.Form.Get(name)})
	}
	retarget(w, r)
	return a.render(w, r, http.StatusOK, views.FormRedirectPage(page), "next")
}

// maxHeader limits all headers of a response together, in bytes. Proxies have a
// buffer for them, nginx one of 4 KB by default, and answer 502 if they do not fit.
// The headers whose length varies are set below: cookies, and the URL of a redirect.
const maxHeader = 3500

// otherHeaders is reserved for what is not in the header map yet: status line, Date,
// Content-Length, and the headers of the page that may follow.
const otherHeaders = 200

// headerSize is the length of a response's headers on the wire.
func headerSize(h http.Header) int {
	size := otherHeaders
	for name, values := range h {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}

// fits reports whether a header can be added.
func fits(h http.Header, name, value string) bool {
	return headerSize(h)+len(name)+len(": \r\n")+len(value) <= maxHeader
}

// setURL sets a header that makes the browser go to a URL, and reports whether it
// fits.
func setURL(h http.Header, name, url string) bool {
	if !fits(h, name, url) {
		return false
	}
	h.Set(name, url)
	return true
}

// setCookies sets cookies, each replacing one of its name in the response (RFC 6265
// section 4.1.1). Cleared cookies come last, and only as many as fit: package auth
// clears the others in the next response.
func setCookies(w http.ResponseWriter, cookies []*http.Cookie) {
	h := w.Header()
	cookies = slices.Clone(cookies)
	slices.SortStableFunc(cookies, func(x, y *http.Cookie) int { return y.MaxAge - x.MaxAge })
	for _, c := range cookies {
		h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
			return strings.HasPrefix(line, c.Name+"=")
		})
		line := c.String()
		if c.MaxAge > 0 && !fits(h, "Set-Cookie", line) {
			dropBrowserCookie(h)
		}
		if c.MaxAge > 0 || fits(h, "Set-Cookie", line) {
			h.Add("Set-Cookie", line)
		}
	}
}

// dropBrowserCookie frees the space of the cookie that tells browsers apart: the next
// response sets it too.
func dropBrowserCookie(h http.Header) {
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(strings.TrimPrefix(line, "__Host-"), auth.BrowserCookie+"=")
	})
}

// splitCookies separates the cookies that are set from those that are cleared, which
// get the space that is left.
func splitCookies(cookies []*http.Cookie) (needed, cleared []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge > 0 {
			needed = append(needed, c)
		} else {
			cleared = append(cleared, c)
		}
	}
	return needed, cleared
}
