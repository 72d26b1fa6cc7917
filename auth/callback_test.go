package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// callbackCase is a manipulated callback.
type callbackCase struct {
	name string
	edit func(*handlerstest.PendingSignIn)
	want refusal
}

func TestCallbackRefusesInvalidParameters(t *testing.T) {
	t.Parallel()
	unknown := refusal{400, auth.StateUnknown, "no pending sign-in"}
	malformed := refusal{400, auth.BadRequest, "malformed or too long"}
	for _, w := range []callbackCase{
		{"RFC 6749 10.12, no state", remove("state"), unknown},
		{"RFC 6749 10.12, state empty", set("state", ""), unknown},
		{"RFC 6749 10.12, state forged", set("state", "EVILEVILEVILEVILEVILEVILEV"), unknown},
		{"RFC 6749 10.12, state with a changed end", func(j *handlerstest.PendingSignIn) { j.Query.Set("state", j.Query.Get("state")[:20]+"EVILXX") }, unknown},
		{"RFC 6749 10.12, state truncated", func(j *handlerstest.PendingSignIn) { j.Query.Set("state", j.Query.Get("state")[:12]) }, unknown},
		{"RFC 6749 10.12, no parameters at all", func(j *handlerstest.PendingSignIn) { clear(j.Query) }, unknown},
		{"RFC 9700 4.7, another browser's (login CSRF, CVE-2023-27490)", func(j *handlerstest.PendingSignIn) {
			j.Query = j.App.StartSignIn(j.TB, authtest.NewBrowser(j.TB)).Query
		}, unknown},
		{"RFC 9700 4.4.2, another provider's", func(j *handlerstest.PendingSignIn) { j.Callback.Path = "/api/auth/callback/other" }, unknown},
		{"an unknown provider", func(j *handlerstest.PendingSignIn) { j.Callback.Path = "/api/auth/callback/evil" }, refusal{404, auth.UnknownProvider, ""}},
		{"no sign-in cookie", func(j *handlerstest.PendingSignIn) { j.SetSignInCookies("") }, unknown},
		{"a modified sign-in cookie", func(j *handlerstest.PendingSignIn) {
			j.SetSignInCookies("ZXZpbGV2aWxldmlsZXZpbGV2aWxldmlsZXZpbGV2aWxldmlsZXZpbA")
		}, unknown},
		{"a sign-in cookie that is not base64", func(j *handlerstest.PendingSignIn) { j.SetSignInCookies("evil!") }, unknown},
		{"a sign-in cookie that is too long", func(j *handlerstest.PendingSignIn) { j.SetSignInCookies(strings.Repeat("evil", 1100)) }, unknown},

		{"RFC 6749 3.1, duplicate state", add("state", "evil"), refusal{400, auth.BadRequest, "state is duplicated"}},
		{"RFC 6749 3.1, duplicate code", add("code", "evil"), refusal{400, auth.BadRequest, "code is duplicated"}},
		{"RFC 6749 3.1, duplicate error", func(j *handlerstest.PendingSignIn) { j.Query["error"] = []string{"evil", "evil"} }, refusal{400, auth.BadRequest, "error is duplicated"}},
		{"RFC 6749 3.1, duplicate unknown parameter", func(j *handlerstest.PendingSignIn) { j.Query["evil"] = []string{"a", "b"} }, refusal{400, auth.BadRequest, "an unknown parameter is duplicated"}},
		{"Core 3.1.2.5, neither code nor error", remove("code"), refusal{400, auth.BadRequest, "neither a code nor an error"}},

		{"RFC 9207 2.4, iss of another provider", set("iss", "https://evil.example"), refusal{400, auth.WrongIssuer, "another provider's"}},
		{"RFC 9207 2.4, iss empty", set("iss", ""), refusal{400, auth.WrongIssuer, "another provider's"}},
		{"RFC 9207 2.4, iss of another provider on an error", func(j *handlerstest.PendingSignIn) {
			j.Query = url.Values{"state": j.Query["state"], "error": {"access_denied"}, "iss": {"https://evil.example"}}
		}, refusal{400, auth.WrongIssuer, "another provider's"}},

		{"RFC 9700 4.5, a code of another browser (code injection)", func(j *handlerstest.PendingSignIn) {
			j.Query.Set("code", j.App.StartSignIn(j.TB, authtest.NewBrowser(j.TB)).Query.Get("code"))
		}, refusal{400, auth.ProviderRefused, "invalid_grant"}},
		{"RFC 6749 4.1.2, a code replayed", func(j *handlerstest.PendingSignIn) {
			other := j.App.StartSignIn(j.TB, authtest.NewBrowser(j.TB))
			other.Browser.Get(other.Callback.String())
			j.Query.Set("code", other.Query.Get("code"))
		}, refusal{400, auth.ProviderRefused, "invalid_grant"}},
		{"RFC 6749 4.1.2, an invented code", set("code", "<b>evil</b>"), refusal{400, auth.ProviderRefused, "invalid_grant"}},

		{"a query of 9 KB", set("evil", strings.Repeat("evil ", 2000)), malformed},
		{"a query that is not percent-encoded", raw("state=%zz&code=evil"), malformed},
		{"a query with semicolons", raw("state=evil;code=evil"), malformed},
		{"a query that is not UTF-8", raw("state=%ff%fe%00%80&code=%00evil"), unknown},
		{"a query of separators", raw(strings.Repeat("&", 4000)), unknown},
		{"parameters without names", raw("=evil&=evil"), refusal{400, auth.BadRequest, "is duplicated"}},
	} {
		w.run(t)
	}
}

// iss is missing although the metadata announce it (RFC 9207 section 2.4).
func TestCallbackRefusesMissingIss(t *testing.T) {
	t.Parallel()
	promise := metadata("authorization_response_iss_parameter_supported", true)
	callbackCase{"RFC 9207 2.4, iss missing", remove("iss"), refusal{400, auth.WrongIssuer, "iss is missing"}}.run(t, promise, func(a *handlerstest.App) {
		a.Provider.EditCallback(func(q url.Values) { q.Set("iss", a.Provider.Issuer()) })
	})
}

// run requests the callback in the browser of someone who is signed in: their session must
// stay as it is.
func (w callbackCase) run(t *testing.T, prepare ...func(*handlerstest.App)) {
	t.Run(w.name, func(t *testing.T) {
		t.Parallel()
		a := startWithTwo(t)
		for _, f := range prepare {
			f(a)
		}
		b := authtest.NewBrowser(t)
		a.SignIn(t, b, authtest.Grace)
		before := a.Identity(b)
		j := a.StartSignIn(t, b)
		w.edit(j)
		assertRefused(t, a, j.Finish(), w.want)
		if got := a.Identity(b); got != before {
			t.Errorf("the browser's session afterwards: got\n%s\nwant, as before,\n%s", got, before)
		}
		a.AssertSignInWorks(t, b)
	})
}

// startWithTwo starts the app with one provider under two IDs, asgardeo and other.
func startWithTwo(tb testing.TB) *handlerstest.App {
	return handlerstest.Start(tb, func(c *auth.Config, _ *handlers.Config) {
		other := c.Providers[0]
		other.ID = "other"
		c.Providers = append(c.Providers, other)
	})
}

func set(name, value string) func(*handlerstest.PendingSignIn) {
	return func(j *handlerstest.PendingSignIn) { j.Query.Set(name, value) }
}

func add(name, value string) func(*handlerstest.PendingSignIn) {
	return func(j *handlerstest.PendingSignIn) { j.Query.Add(name, value) }
}

func remove(name string) func(*handlerstest.PendingSignIn) {
	return func(j *handlerstest.PendingSignIn) { j.Query.Del(name) }
}

// raw replaces the callback's query.
func raw(query string) func(*handlerstest.PendingSignIn) {
	return func(j *handlerstest.PendingSignIn) { j.Query, j.Callback.RawQuery = nil, query }
}

// A link scanner that requests the callback first has no cookies: it gets an
// error, and does not use the state up.
func TestCallbackOpenedByAnotherClientFirst(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	j := a.StartSignIn(t, b)
	for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions, http.MethodPost} {
		req, err := http.NewRequestWithContext(t.Context(), method, j.Callback.String(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if page := authtest.NewBrowser(t).Send(req); page.StatusCode < 400 || len(page.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s without cookies: got status %d and cookies %q, want an error and none", method, page.StatusCode, page.Header["Set-Cookie"])
		}
	}
	if page := j.Finish(); page.Redirect != a.URL+"/profile" || !a.IsSignedIn(b) {
		t.Errorf("with cookies: got status %d to %q, want the browser signed in, at /profile", page.StatusCode, page.Redirect)
	}
}
