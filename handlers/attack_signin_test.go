package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// A POST that another site, or a sibling host of ours, makes a browser send
// (RFC 9700 section 4.7, ASVS 3.5.1): nothing begins, and nothing ends.
func TestCrossSite(t *testing.T) {
	t.Parallel()
	a := start(t)
	u, _ := url.Parse(a.URL)
	for name, headers := range map[string]http.Header{
		"Sec-Fetch-Site cross-site":          {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}},
		"Sec-Fetch-Site same-site":           {"Origin": {"https://evil.app.example"}, "Sec-Fetch-Site": {"same-site"}},
		"Sec-Fetch-Site that nobody knows":   {"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"evil"}},
		"only an Origin, another site's":     {"Origin": {"https://evil.example"}},
		"only an Origin, a sandbox's":        {"Origin": {"null"}},
		"only an Origin, a sibling's":        {"Origin": {"http://evil." + u.Host}},
		"only an Origin, another port's":     {"Origin": {"http://" + u.Hostname() + ":1"}},
		"only an Origin, another scheme's":   {"Origin": {"ftp://" + u.Hostname()}},
		"only an Origin, ours with evil end": {"Origin": {a.URL + ".evil.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := authtest.NewBrowser(t)
			a.signIn(t, b, authtest.Grace)
			before := a.identity(b)
			for _, path := range []string{"/api/auth/signin/asgardeo", "/api/auth/signout"} {
				b.Header = headers
				page := b.Post(a.URL+path, nil)
				b.Header = http.Header{}
				a.refused(t, page, refusal{403, "cross_origin", ""})
				if cookies := page.Header.Values("Set-Cookie"); cookies != nil {
					t.Errorf("POST %s: got cookies %q, want none", path, cookies)
				}
			}
			if got := a.identity(b); got != before {
				t.Errorf("afterwards this browser is %s, want %s", got, before)
			}
			a.signsIn(t, b)
		})
	}
}

// What a GET, or a browser that fetches ahead, must not do (RFC 9110 section
// 9.2.1, ASVS 7.6.2): begin, finish or end a sign-in, or take a notice away.
func TestNothingHappensByItself(t *testing.T) {
	t.Parallel()
	ahead := map[string]http.Header{
		"Sec-Purpose prefetch":            {"Sec-Purpose": {"prefetch"}},
		"Sec-Purpose prefetch, prerender": {"Sec-Purpose": {"prefetch;prerender"}},
		"Purpose prefetch":                {"Purpose": {"prefetch"}},
	}
	for name, headers := range ahead {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			b := authtest.NewBrowser(t)
			j := a.begin(t, b)
			b.Header = headers
			a.refused(t, j.goOn(), refusal{400, auth.BadRequest, "fetched ahead"})
			b.Header = http.Header{}
			if page := j.goOn(); page.StatusCode != http.StatusSeeOther || !a.isHome(b) {
				t.Errorf("the person's own visit: got status %d, want it to work still", page.StatusCode)
			}
		})
		t.Run(name+" keeps the notice", func(t *testing.T) {
			t.Parallel()
			a := start(t)
			b := authtest.NewBrowser(t)
			b.Get(b.Cancel(b.Post(a.URL+"/api/auth/signin/asgardeo", nil).Redirect))
			b.Header = headers
			b.Get(a.URL + "/")
			b.Header = http.Header{}
			if page := b.Get(a.URL + "/"); !strings.Contains(page.Text, "Sign-in canceled.") {
				t.Errorf("the notice was taken away by what was fetched ahead:\n%s", page.Text)
			}
		})
	}
	a := start(t)
	for _, path := range []string{"/api/auth/signin/asgardeo", "/api/auth/signout", "/api/auth/backchannel-logout/asgardeo"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, "TRACE", "EVIL"} {
			t.Run(method+" "+path, func(t *testing.T) {
				b := authtest.NewBrowser(t)
				a.signIn(t, b, authtest.Grace)
				before := a.identity(b)
				req, _ := http.NewRequest(method, a.URL+path, nil)
				resp, err := b.Client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Values("Set-Cookie") != nil || a.identity(b) != before {
					t.Errorf("got status %d and cookies %q, want 405, none, and everybody where they were", resp.StatusCode, resp.Header.Values("Set-Cookie"))
				}
			})
		}
	}
}

// HEAD asks what GET would answer, and does not do it.
func TestHeadRedeemsNothing(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	j := a.begin(t, b)
	resp, err := b.Client.Head(j.callback.String())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := a.Provider.Requests(authtest.TokenEndpoint); resp.StatusCode != http.StatusMethodNotAllowed || got != 0 {
		t.Errorf("HEAD: got status %d and the code redeemed %d times, want 405 and not at all", resp.StatusCode, got)
	}
	if j.goOn(); !a.isHome(b) {
		t.Error("nobody is signed in by the person's own visit")
	}
}

// No header says who we are (CWE-644): our origin is AUTH_URL's alone.
func TestHostPoisoning(t *testing.T) {
	t.Parallel()
	a := start(t)
	for name, headers := range map[string]http.Header{
		"Host":                {"Host": {"evil.example"}},
		"X-Forwarded-Host":    {"X-Forwarded-Host": {"evil.example"}},
		"X-Forwarded-Proto":   {"X-Forwarded-Proto": {"evil"}, "X-Forwarded-Ssl": {"on"}},
		"X-Forwarded-Port":    {"X-Forwarded-Port": {"666"}},
		"X-Forwarded-Prefix":  {"X-Forwarded-Prefix": {"/evil"}, "X-Script-Name": {"/evil"}},
		"Forwarded":           {"Forwarded": {"host=evil.example;proto=https;for=evil"}},
		"X-Original-URL":      {"X-Original-Url": {"/evil"}, "X-Rewrite-Url": {"/evil"}},
		"X-Host":              {"X-Host": {"evil.example"}, "X-Http-Host-Override": {"evil.example"}},
		"X-HTTP-Method":       {"X-Http-Method-Override": {"DELETE"}, "X-Http-Method": {"DELETE"}},
		"Referer":             {"Referer": {"https://evil.example/"}},
		"X-Request-Id":        {"X-Request-Id": {"evil"}, "X-Correlation-Id": {"evil"}, "Traceparent": {"evil"}},
		"HX-Current-URL":      {"Hx-Current-Url": {"https://evil.example/"}, "Hx-Source": {"evil"}, "Hx-Target": {"evil"}},
		"X-Forwarded-For":     {"X-Forwarded-For": {"evil, 127.0.0.1"}, "X-Real-Ip": {"evil"}, "True-Client-Ip": {"evil"}},
		"Accept-Language":     {"Accept-Language": {"evil"}, "User-Agent": {"<script>evil()</script>"}},
		"a cookie of evil":    {"Cookie": {`evil=evil; latchkey.session=evil; latchkey.notice=evil`}},
		"a path in Host":      {"Host": {"evil.example/evil"}},
		"an absolute Referer": {"Referer": {a.URL + "@evil.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/", "/profile", "/api/auth/session", "/evilless"} {
				a.saysNothingEvil(t, a.poisoned(t, http.MethodGet, path, headers))
			}
			page := a.poisoned(t, http.MethodPost, "/api/auth/signin/asgardeo", headers)
			a.saysNothingEvil(t, page)
			if to, _ := url.Parse(page.Redirect); page.StatusCode == http.StatusSeeOther && to.Query().Get("redirect_uri") != a.URL+"/api/auth/callback/asgardeo" {
				t.Errorf("redirect_uri is %q, want ours", to.Query().Get("redirect_uri"))
			}
		})
	}
}

func (a *app) poisoned(tb testing.TB, method, path string, headers http.Header) *authtest.Page {
	tb.Helper()
	req, err := http.NewRequest(method, a.URL+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	req.Header, req.Host = headers.Clone(), headers.Get("Host")
	req.Header.Del("Host")
	return send(tb, authtest.NewBrowser(tb), req)
}

// A double click, and eight more: each begins a sign-in, and any one finishes.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	var all sync.WaitGroup
	redirects := make(chan string, 10)
	for range 10 {
		all.Go(func() {
			resp, err := b.Client.PostForm(a.URL+"/api/auth/signin/asgardeo", nil)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			redirects <- resp.Header.Get("Location")
		})
	}
	all.Wait()
	close(redirects)
	for to := range redirects {
		if page := b.Get(b.SignIn(to, authtest.Ada)); page.StatusCode != http.StatusSeeOther {
			t.Errorf("got status %d, want each of them to finish", page.StatusCode)
		}
	}
}
