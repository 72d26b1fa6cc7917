package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// A POST from another site or from a sibling host neither starts a sign-in nor signs
// out (RFC 9700 section 4.7, ASVS 3.5.1).
func TestCrossSitePOSTIsRefused(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	u, _ := url.Parse(a.URL)
	for name, headers := range map[string]http.Header{
		"Sec-Fetch-Site cross-site":          {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}},
		"Sec-Fetch-Site same-site":           {"Origin": {"https://evil.app.example"}, "Sec-Fetch-Site": {"same-site"}},
		"unknown Sec-Fetch-Site":             {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"evil"}},
		"only an Origin, another site's":     {"Origin": {"https://evil.example"}},
		"only an Origin, null":               {"Origin": {"null"}},
		"only an Origin, a sibling's":        {"Origin": {"http://evil." + u.Host}},
		"only an Origin, another port's":     {"Origin": {"http://" + u.Hostname() + ":1"}},
		"only an Origin, another scheme's":   {"Origin": {"ftp://" + u.Hostname()}},
		"only an Origin, ours with a suffix": {"Origin": {a.URL + ".evil.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Grace)
			before := a.Identity(b)
			for _, path := range []string{"/api/auth/signin/asgardeo", "/api/auth/signout"} {
				b.Header = headers
				page := b.Post(a.URL+path, nil)
				b.Header = http.Header{}
				a.AssertRefused(t, page, 403, "cross_origin", "")
				if cookies := page.Header.Values("Set-Cookie"); cookies != nil {
					t.Errorf("POST %s: got cookies %q, want none", path, cookies)
				}
			}
			if got := a.Identity(b); got != before {
				t.Errorf("the session afterwards: got %s, want %s", got, before)
			}
			a.AssertSignInWorks(t, b)
		})
	}
}

// A file has the headers that keep other sites from reading it, and browsers from running
// it as something else.
func TestFileHeaders(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	page := b.Get(a.URL)
	for _, url := range regexp.MustCompile(`/api/auth/assets/[^"]+`).FindAllString(page.Text, -1) {
		headers := b.Get(a.URL + url).Header
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Resource-Policy": "same-origin",
			"X-Content-Type-Options":       "nosniff",
			"Permissions-Policy":           "",
		} {
			if got := headers.Get(name); got != want {
				t.Errorf("%s of %s: got %q, want %q", name, url, got, want)
			}
		}
	}
}

// Our origin comes from AUTH_URL, never from a request header (CWE-644).
func TestHostHeaderPoisoning(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	for name, headers := range map[string]http.Header{
		"Host":                  {"Host": {"evil.example"}},
		"X-Forwarded-Host":      {"X-Forwarded-Host": {"evil.example"}},
		"X-Forwarded-Proto":     {"X-Forwarded-Proto": {"evil"}, "X-Forwarded-Ssl": {"on"}},
		"X-Forwarded-Port":      {"X-Forwarded-Port": {"666"}},
		"X-Forwarded-Prefix":    {"X-Forwarded-Prefix": {"/evil"}, "X-Script-Name": {"/evil"}},
		"Forwarded":             {"Forwarded": {"host=evil.example;proto=https;for=evil"}},
		"X-Original-URL":        {"X-Original-Url": {"/evil"}, "X-Rewrite-Url": {"/evil"}},
		"X-Host":                {"X-Host": {"evil.example"}, "X-Http-Host-Override": {"evil.example"}},
		"X-HTTP-Method":         {"X-Http-Method-Override": {"DELETE"}, "X-Http-Method": {"DELETE"}},
		"Referer":               {"Referer": {"https://evil.example/"}},
		"X-Request-Id":          {"X-Request-Id": {"evil"}, "X-Correlation-Id": {"evil"}, "Traceparent": {"evil"}},
		"HX-Current-URL":        {"Hx-Current-Url": {"https://evil.example/"}, "Hx-Source": {"evil"}, "Hx-Target": {"evil"}},
		"X-Forwarded-For":       {"X-Forwarded-For": {"evil, 127.0.0.1"}, "X-Real-Ip": {"evil"}, "True-Client-Ip": {"evil"}},
		"Accept-Language":       {"Accept-Language": {"evil"}, "User-Agent": {"<script>evil()</script>"}},
		"an attacker's cookies": {"Cookie": {`evil=evil; latchkey.session=evil; latchkey.notice=evil`}},
		"a path in Host":        {"Host": {"evil.example/evil"}},
		"an absolute Referer":   {"Referer": {a.URL + "@evil.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/", "/profile", "/api/auth/session", "/evilless"} {
				a.AssertNoAttackerText(t, requestWithHeaders(t, a, http.MethodGet, path, headers))
			}
			page := requestWithHeaders(t, a, http.MethodPost, "/api/auth/signin/asgardeo", headers)
			a.AssertNoAttackerText(t, page)
			if to, _ := url.Parse(page.Redirect); page.StatusCode == http.StatusSeeOther && to.Query().Get("redirect_uri") != a.URL+"/api/auth/callback/asgardeo" {
				t.Errorf("redirect_uri: got %q, want ours", to.Query().Get("redirect_uri"))
			}
		})
	}
}

func requestWithHeaders(tb testing.TB, a *handlerstest.App, method, path string, headers http.Header) *authtest.Page {
	tb.Helper()
	req, err := http.NewRequest(method, a.URL+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	req.Header, req.Host = headers.Clone(), headers.Get("Host")
	req.Header.Del("Host")
	return authtest.NewBrowser(tb).Send(req)
}
