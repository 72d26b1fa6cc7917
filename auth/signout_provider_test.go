package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

const (
	endedBoth    = "You&#39;re signed out of Latchkey and Asgardeo."
	endedHere    = "You&#39;re signed out of Latchkey. You may still be signed in to Asgardeo."
	endedUnknown = "You&#39;re signed out of Latchkey. We don&#39;t know whether you&#39;re also signed out of Asgardeo."
)

// Sign Out ends our session whatever the provider does, and the page after it says
// which sessions have ended.
func TestSignOutReportsWhatEnded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before func(a *handlerstest.App) // before the sign-in
		then   func(t *testing.T, a *handlerstest.App)
		leaves bool // redirects to the provider
		says   string
	}{
		{"RP-Initiated Logout 1.0 section 2", nil, nil, true, endedBoth},
		{"no end session endpoint", metadata("end_session_endpoint", nil), nil, false, endedHere},
		{"the provider fails, metadata cached", nil, faultEverywhere(authtest.Status(500)), true, ""},
		{"the provider hangs, no metadata", nil, restartDuring(authtest.Hang), false, endedUnknown},
		{"the provider fails, no metadata", nil, restartDuring(authtest.Status(500)), false, endedUnknown},
		{"metadata of another issuer", nil, restartDuring(message(`{"issuer":"https://evil.example"}`)), false, endedUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			if c.before != nil {
				c.before(a)
			}
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			copied := copyBrowser(t, a, b)
			if c.then != nil {
				c.then(t, a)
			}
			page := b.Post(a.URL+"/api/auth/signout", nil)
			if got := page.StatusCode == http.StatusSeeOther && !strings.HasPrefix(page.Redirect, a.URL); got != c.leaves {
				t.Errorf("got status %d to %s, want a redirect to the provider: %t", page.StatusCode, page.Redirect, c.leaves)
			}
			a.AssertSignedOut(t, copied)
			if c.says == "" {
				a.AssertSignedOut(t, b)
				return
			}
			page = a.FollowSignOut(b, page)
			if !strings.Contains(page.Text, c.says) {
				t.Errorf("the page afterwards lacks %q:\n%s", c.says, page.Text)
			}
			if again := b.Get(a.URL + "/"); strings.Contains(again.Text, c.says) {
				t.Error("the notice is shown twice")
			}
			a.AssertSignedOut(t, b)
		})
	}
}

// faultEverywhere sets a fault at all endpoints of the provider.
func faultEverywhere(f authtest.Fault) func(*testing.T, *handlerstest.App) {
	return func(_ *testing.T, a *handlerstest.App) {
		for _, e := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint, authtest.TokenEndpoint, authtest.RevocationEndpoint, authtest.EndSessionEndpoint} {
			a.Provider.Handle(e, f)
		}
	}
}

// restartDuring restarts the app while discovery has a fault.
func restartDuring(f authtest.Fault) func(*testing.T, *handlerstest.App) {
	return func(t *testing.T, a *handlerstest.App) {
		a.Provider.Handle(authtest.DiscoveryEndpoint, f)
		a.Restart(t)
	}
}

// copyBrowser returns a browser with the same cookies, as after a theft.
func copyBrowser(tb testing.TB, a *handlerstest.App, b *authtest.Browser) *authtest.Browser {
	tb.Helper()
	copied := authtest.NewBrowser(tb)
	for _, c := range a.Cookies(b) {
		a.SetCookie(copied, c.Name, c.Value)
	}
	return copied
}

// The page confirms the end of the provider's session only after the provider has
// redirected back with the state of this sign-out.
func TestSignOutConfirmedOnlyByItsState(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	out := b.Post(a.URL+"/api/auth/signout", nil)
	if page := b.Get(a.URL + "/"); !strings.Contains(page.Text, endedUnknown) {
		t.Errorf("before the return: got\n%s\nwant %q", page.Text, endedUnknown)
	}
	back := b.Walk(out.Redirect).Redirect
	u, err := url.Parse(back)
	if err != nil || u.Query().Get("state") == "" {
		t.Fatalf("the provider redirects to %q (error %v), want a URL with state", back, err)
	}
	stranger := authtest.NewBrowser(t)
	for name, c := range map[string]struct {
		b     *authtest.Browser
		query url.Values
	}{
		"without a state":              {b, nil},
		"a forged state":               {b, url.Values{"state": {strings.Repeat("A", 26)}}},
		"a truncated state":            {b, url.Values{"state": {u.Query().Get("state")[:12]}}},
		"duplicate state":              {b, url.Values{"state": {u.Query().Get("state"), u.Query().Get("state")}}},
		"the state in another browser": {stranger, u.Query()},
		"the parameter State":          {b, url.Values{"State": u.Query()["state"]}},
	} {
		page := c.b.Get(a.URL + "/api/auth/callback/asgardeo?" + c.query.Encode())
		if page.StatusCode != http.StatusBadRequest || strings.Contains(c.b.Get(a.URL+"/").Text, endedBoth) {
			t.Errorf("%s: got status %d, want 400 and no confirmation", name, page.StatusCode)
		}
	}
	if page := b.Walk(back); !strings.Contains(page.Text, endedBoth) {
		t.Errorf("the return with the state: got\n%s\nwant %q", page.Text, endedBoth)
	}
	if page := b.Walk(back); page.StatusCode != http.StatusBadRequest || strings.Contains(page.Text, endedBoth) {
		t.Errorf("the second return with the state: got status %d, want 400", page.StatusCode)
	}
}

// Some providers redirect back without the state, or with an error.
func TestSignOutReturnWithoutStateOrWithError(t *testing.T) {
	t.Parallel()
	const refused = "You&#39;re signed out of Latchkey. Asgardeo didn&#39;t sign you out there."
	for _, c := range []struct {
		name, says, log string
		edit            func(query url.Values)
	}{
		{"with the state", endedBoth, "", func(url.Values) {}},
		{"without the state", "so we don&#39;t know whether you&#39;re also signed out there", "state_unknown_sign_out", func(q url.Values) { q.Del("state") }},
		{"with an error", refused, "server_error no such session", func(q url.Values) {
			q.Set("error", "server_error")
			q.Set("error_description", "no such session")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			back, err := url.Parse(b.Walk(b.Post(a.URL+"/api/auth/signout", nil).Redirect).Redirect)
			if err != nil {
				t.Fatal(err)
			}
			query := back.Query()
			c.edit(query)
			back.RawQuery = query.Encode()
			page := b.Walk(back.String())
			if !strings.Contains(page.Text, c.says) || strings.Contains(page.Text, "complete your sign-in") {
				t.Errorf("got status %d and\n%s\nwant %q", page.StatusCode, page.Text, c.says)
			}
			if !strings.Contains(a.Log.String(), c.log) {
				t.Errorf("the log lacks the reason %q", c.log)
			}
			if page := b.Get(a.URL + "/"); strings.Contains(page.Text, "signed out of") {
				t.Error("the notice is shown twice")
			}
		})
	}
}

// An id_token_hint that makes the URL too long is posted by a form, on a page that is
// not cached. It is the only page with a token.
func TestSignOutPostsLargeIDTokenHint(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["padding"] = strings.Repeat("x", 8000) })
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	page := b.Post(a.URL+"/api/auth/signout", nil)
	to, form := page.Next()
	if to != a.Provider.Endpoint(authtest.EndSessionEndpoint) || form.Get("id_token_hint") == "" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got a form to %q with %d fields and Cache-Control %q, want the end session endpoint, the hint and no-store", to, len(form), page.Header.Get("Cache-Control"))
	}
	if page := b.Walk(b.Follow(page).Redirect); !strings.Contains(page.Text, endedBoth) {
		t.Errorf("afterwards: got\n%s\nwant %q", page.Text, endedBoth)
	}
	a.AssertSignedOut(t, b)
}
