package auth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
)

// A redirect writes itself as it has been checked, with its cookies, for htmx too.
func TestRedirectWritesItself(t *testing.T) {
	t.Parallel()
	const fragment = "/a?b=%2F..%2F#c/../d" // http.Redirect would clean the fragment
	form := url.Values{"id_token_hint": {`"<hint>`}}
	for _, c := range []struct {
		name                     string
		next                     auth.Redirect
		htmx                     string
		status                   int
		location, hxURL, content string
	}{
		{"a page", auth.Redirect{URL: fragment}, "", http.StatusSeeOther, fragment, "", ""},
		{"the provider", auth.Redirect{URL: "https://idp.example/a?b"}, "", http.StatusSeeOther, "https://idp.example/a?b", "", ""},
		{"htmx, a page", auth.Redirect{URL: fragment}, "true", http.StatusOK, "", fragment, ""},
		{"htmx, the provider", auth.Redirect{URL: "https://idp.example/a?b"}, "true", http.StatusOK, "", "https://idp.example/a?b", ""},
		{"a form", auth.Redirect{URL: "https://idp.example/out?x=1&y=2", Form: form}, "", http.StatusOK, "", "",
			`<form method="post" action="https://idp.example/out?x=1&amp;y=2"><input type="hidden" name="id_token_hint" value="&#34;&lt;hint&gt;">`},
		{"a long URL", auth.Redirect{URL: "https://idp.example/" + strings.Repeat("x", 4000)}, "", http.StatusOK, "", "", `<a href="https://idp.example/xxx`},
	} {
		r := httptest.NewRequest(http.MethodPost, "/api/auth/signin/asgardeo", nil)
		r.Header.Set("HX-Request", c.htmx)
		w := httptest.NewRecorder()
		w.Header().Set("Set-Cookie", "a=old")
		c.next.Cookies = []*http.Cookie{{Name: "a", Value: "new", MaxAge: 60}}
		c.next.WriteTo(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.location || w.Header().Get("HX-Redirect") != c.hxURL || !strings.Contains(w.Body.String(), c.content) {
			t.Errorf("%s: got status %d, %v and\n%s", c.name, w.Code, w.Header(), w.Body)
		}
		if got := w.Header().Values("Set-Cookie"); len(got) != 1 || !strings.HasPrefix(got[0], "a=new") {
			t.Errorf("%s: got the cookies %q, want the new one alone", c.name, got)
		}
	}
}

func TestCodesHaveAStatus(t *testing.T) {
	t.Parallel()
	for code, want := range map[auth.Code]int{
		auth.BadRequest: 400, auth.SessionEnded: 401, auth.Refused: 403, auth.ConfirmationRequired: 403, auth.UnknownProvider: 404,
		auth.WrongPerson: 409, auth.Internal: 500, auth.ProviderFault: 502, auth.StoreUnavailable: 503, "unheard_of": 500,
	} {
		if got := code.HTTPStatus(); got != want {
			t.Errorf("%s: got status %d, want %d", code, got, want)
		}
	}
}
