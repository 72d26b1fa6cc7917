package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// wayBack is a callback that is not what the browser was waiting for.
type wayBack struct {
	name string
	edit func(*journey)
	want refusal
}

// journey is a sign-in that has got as far as the provider's redirect.
type journey struct {
	tb       testing.TB
	app      *app
	browser  *authtest.Browser
	callback *url.URL
	query    url.Values // of callback; empty: what callback says
}

func TestWayBack(t *testing.T) {
	t.Parallel()
	unknown := refusal{400, auth.StateUnknown, "no sign-in under way"}
	malformed := refusal{400, auth.BadRequest, "malformed or too long"}
	for _, w := range []wayBack{
		{"RFC 6749 10.12, no state", remove("state"), unknown},
		{"RFC 6749 10.12, state empty", set("state", ""), unknown},
		{"RFC 6749 10.12, state forged", set("state", "EVILEVILEVILEVILEVILEVILEV"), unknown},
		{"RFC 6749 10.12, state with another end", func(j *journey) { j.query.Set("state", j.query.Get("state")[:20]+"EVILXX") }, unknown},
		{"RFC 6749 10.12, state cut", func(j *journey) { j.query.Set("state", j.query.Get("state")[:12]) }, unknown},
		{"RFC 6749 10.12, no parameters at all", func(j *journey) { clear(j.query) }, unknown},
		{"RFC 9700 4.7, another browser's (login CSRF, CVE-2023-27490)", func(j *journey) { j.query = j.app.begin(j.tb, authtest.NewBrowser(j.tb)).query }, unknown},
		{"RFC 9700 4.4.2, another provider's", func(j *journey) { j.callback.Path = "/api/auth/callback/other" }, unknown},
		{"a provider that does not exist", func(j *journey) { j.callback.Path = "/api/auth/callback/evil" }, refusal{404, auth.UnknownProvider, ""}},
		{"the cookie of the sign-in is gone", func(j *journey) { j.cookies("") }, unknown},
		{"the cookie of the sign-in is tampered with", func(j *journey) { j.cookies("ZXZpbGV2aWxldmlsZXZpbGV2aWxldmlsZXZpbGV2aWxldmlsZXZpbA") }, unknown},
		{"the cookie of the sign-in is no base64", func(j *journey) { j.cookies("evil!") }, unknown},
		{"the cookie of the sign-in is too long", func(j *journey) { j.cookies(strings.Repeat("evil", 1100)) }, unknown},

		{"RFC 6749 3.1, state twice", add("state", "evil"), refusal{400, auth.BadRequest, "state is doubled"}},
		{"RFC 6749 3.1, code twice", add("code", "evil"), refusal{400, auth.BadRequest, "code is doubled"}},
		{"RFC 6749 3.1, error twice", func(j *journey) { j.query["error"] = []string{"evil", "evil"} }, refusal{400, auth.BadRequest, "error is doubled"}},
		{"RFC 6749 3.1, something unknown twice", func(j *journey) { j.query["evil"] = []string{"a", "b"} }, refusal{400, auth.BadRequest, "an unknown parameter is doubled"}},
		{"Core 3.1.2.5, neither code nor error", remove("code"), refusal{400, auth.BadRequest, "neither a code nor an error"}},

		{"RFC 9207 2.4, iss of another provider", set("iss", "https://evil.example"), refusal{400, auth.WrongIssuer, "another provider's"}},
		{"RFC 9207 2.4, iss empty", set("iss", ""), refusal{400, auth.WrongIssuer, "another provider's"}},
		{"RFC 9207 2.4, iss of another provider on an error", func(j *journey) {
			j.query = url.Values{"state": j.query["state"], "error": {"access_denied"}, "iss": {"https://evil.example"}}
		}, refusal{400, auth.WrongIssuer, "another provider's"}},

		{"RFC 9700 4.5, a code of another browser (code injection)", func(j *journey) {
			j.query.Set("code", j.app.begin(j.tb, authtest.NewBrowser(j.tb)).query.Get("code"))
		}, refusal{400, auth.ProviderRefused, "invalid_grant"}},
		{"RFC 6749 4.1.2, a code replayed", func(j *journey) {
			other := j.app.begin(j.tb, authtest.NewBrowser(j.tb))
			other.browser.Get(other.callback.String())
			j.query.Set("code", other.query.Get("code"))
		}, refusal{400, auth.ProviderRefused, "invalid_grant"}},
		{"RFC 6749 4.1.2, a code of an attacker's own making", set("code", "<b>evil</b>"), refusal{400, auth.ProviderRefused, "invalid_grant"}},

		{"a query of 9 KB", set("evil", strings.Repeat("evil ", 2000)), malformed},
		{"a query that is not percent-encoded", raw("state=%zz&code=evil"), malformed},
		{"a query with semicolons", raw("state=evil;code=evil"), malformed},
		{"a query of bytes", raw("state=%ff%fe%00%80&code=%00evil"), unknown},
		{"a query of nothing but separators", raw(strings.Repeat("&", 4000)), unknown},
		{"parameters without names", raw("=evil&=evil"), refusal{400, auth.BadRequest, "is doubled"}},
	} {
		w.run(t)
	}
}

// Errors of the authorization endpoint (Core 3.1.2.6), whatever they say.
func TestWayBackWithAnError(t *testing.T) {
	t.Parallel()
	hostile := func(code string) func(*journey) {
		return func(j *journey) {
			j.query = url.Values{"state": j.query["state"], "error": {code},
				"error_description": {"<script>evil()</script>"}, "error_uri": {"https://evil.example/"}}
		}
	}
	for _, w := range []wayBack{
		{"4.1.2.1, server_error", hostile("server_error"), unavailable("server_error")},
		{"4.1.2.1, temporarily_unavailable", hostile("temporarily_unavailable"), unavailable("temporarily_unavailable")},
		{"4.1.2.1, invalid_request", hostile("invalid_request"), refusal{502, auth.Misconfigured, "invalid_request"}},
		{"4.1.2.1, unauthorized_client", hostile("unauthorized_client"), refusal{502, auth.Misconfigured, "unauthorized_client"}},
		{"4.1.2.1, unsupported_response_type", hostile("unsupported_response_type"), refusal{502, auth.Misconfigured, ""}},
		{"4.1.2.1, invalid_scope", hostile("invalid_scope"), refusal{502, auth.Misconfigured, "invalid_scope"}},
		{"Core 3.1.2.6, login_required", hostile("login_required"), refusal{400, auth.ProviderRefused, "login_required"}},
		{"Core 3.1.2.6, interaction_required", hostile("interaction_required"), refusal{400, auth.ProviderRefused, "interaction_required"}},
		{"an error of markup", hostile("<img src=x onerror=evil()>"), refusal{400, auth.ProviderRefused, "img"}},
		{"an error with line breaks for the log", hostile("evil\n{\"level\":\"evil\"}"), refusal{400, auth.ProviderRefused, "evil {"}},
		{"an error of 6 KB", hostile(strings.Repeat("evil", 1500)), refusal{400, auth.ProviderRefused, "evil"}},
		{"an error beside a code", func(j *journey) { j.query.Set("error", "evil") }, refusal{400, auth.ProviderRefused, "evil"}},
		{"an error without a state", func(j *journey) { hostile("access_denied")(j); j.query.Del("state") }, refusal{400, auth.StateUnknown, ""}},
	} {
		w.run(t)
	}
}

// iss is missing although the provider promises it (RFC 9207 section 2.4).
func TestWayBackWithoutIss(t *testing.T) {
	t.Parallel()
	promise := metadata("authorization_response_iss_parameter_supported", true)
	wayBack{"RFC 9207 2.4, iss missing", remove("iss"), refusal{400, auth.WrongIssuer, "iss is missing"}}.run(t, promise, func(a *app) {
		a.Provider.EditCallback(func(q url.Values) { q.Set("iss", a.Provider.Issuer()) })
	})
}

// run goes astray for somebody who is signed out, and for somebody signed in.
func (w wayBack) run(t *testing.T, prepare ...func(*app)) {
	for _, as := range []string{"signed out", "signed in"} {
		t.Run(w.name+", "+as, func(t *testing.T) {
			t.Parallel()
			a := startWithTwo(t)
			for _, f := range prepare {
				f(a)
			}
			b := authtest.NewBrowser(t)
			if as == "signed in" {
				a.signIn(t, b, authtest.Grace)
			}
			before := a.identity(b)
			j := a.begin(t, b)
			w.edit(j)
			a.refused(t, j.goOn(), w.want)
			if got := a.identity(b); got != before {
				t.Errorf("afterwards this browser is\n%s\nwant, as before,\n%s", got, before)
			}
			a.signsIn(t, b)
		})
	}
}

// startWithTwo runs the app with the same provider twice, as asgardeo and other.
func startWithTwo(tb testing.TB) *app {
	return start(tb, func(c *auth.Config, _ *handlers.Config) {
		other := c.Providers[0]
		other.ID = "other"
		c.Providers = append(c.Providers, other)
	})
}

// begin signs in until the provider sends the browser back.
func (a *app) begin(tb testing.TB, b *authtest.Browser) *journey {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile"}})
	callback, err := url.Parse(b.SignIn(page.Redirect, authtest.Ada))
	if err != nil {
		tb.Fatal(err)
	}
	return &journey{tb: tb, app: a, browser: b, callback: callback, query: callback.Query()}
}

func (j *journey) goOn() *authtest.Page {
	if j.query != nil {
		j.callback.RawQuery = j.query.Encode()
	}
	return j.browser.Get(j.callback.String())
}

func set(name, value string) func(*journey) {
	return func(j *journey) { j.query.Set(name, value) }
}

func add(name, value string) func(*journey) {
	return func(j *journey) { j.query.Add(name, value) }
}

func remove(name string) func(*journey) {
	return func(j *journey) { j.query.Del(name) }
}

// raw has the callback come with this query.
func raw(query string) func(*journey) {
	return func(j *journey) { j.query, j.callback.RawQuery = nil, query }
}

// cookies gives every cookie of a sign-in under way this value; none removes it.
func (j *journey) cookies(value string) {
	for _, c := range j.browser.Client.Jar.Cookies(j.callback) {
		if strings.HasPrefix(c.Name, "latchkey.signin.") {
			changed := &http.Cookie{Name: c.Name, Value: value, Path: "/"}
			if value == "" {
				changed.MaxAge = -1
			}
			j.browser.Client.Jar.SetCookies(j.callback, []*http.Cookie{changed})
		}
	}
}
