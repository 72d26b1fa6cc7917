package auth_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The sessions that a logout token ends (Back-Channel Logout 1.0 section 2.7): Ada
// is signed in with two browsers, each with its own session at the provider; Grace
// with one. ID tokens need not have a sid (section 2.1): a logout token whose sid matches no
// session ends the sessions of its sub that have no sid.
func TestBackChannelLogoutEndsMatchingSessions(t *testing.T) {
	t.Parallel()
	unknownSID := func(_, claims map[string]any) { claims["sid"] = "unknown"; delete(claims, "sub") }
	for _, c := range []struct {
		name      string
		onlyPhone bool // only the ID token of the phone has a sid
		edit      editLogout
		want      string // who is signed in afterwards
	}{
		{"by sid and sub", false, nil, "laptop, grace"},
		{"by sid alone", false, logoutWithout("sub"), "laptop, grace"},
		{"by sub alone", false, logoutWithout("sid"), "grace"},
		{"by sid, sub another of her names", false, logoutClaim("sub", "ada@carbon.super"), "laptop, grace"},
		{"by sid, Grace's sub", false, logoutClaim("sub", authtest.Grace.Subject), "laptop, grace"},
		{"an unknown sid, her sub", false, logoutClaim("sid", "unknown"), "laptop, phone, grace"},
		{"an unknown sub alone", false, func(_, claims map[string]any) { delete(claims, "sid"); claims["sub"] = "unknown" }, "laptop, phone, grace"},
		{"her sub as sid", false, logoutClaim("sid", authtest.Ada.Subject), "laptop, phone, grace"},
		{"typ JWT", false, func(header, _ map[string]any) { header["typ"] = "JWT" }, "laptop, grace"},
		{"no typ", false, func(header, _ map[string]any) { delete(header, "typ") }, "laptop, grace"},
		{"aud a string", false, logoutClaim("aud", authtest.ClientID), "laptop, grace"},
		{"aud several, azp ours", false, func(_, claims map[string]any) {
			claims["aud"], claims["azp"] = []any{"another", authtest.ClientID}, authtest.ClientID
		}, "laptop, grace"},
		{"additional events and members", false, logoutClaim("events", map[string]any{logoutEvent: map[string]any{"x": 1}, "urn:other": nil}), "laptop, grace"},
		{"clock 30 s behind", false, func(_, claims map[string]any) { shiftTimes(claims, -30) }, "laptop, grace"},
		{"clock 30 s ahead", false, func(_, claims map[string]any) { shiftTimes(claims, 30) }, "laptop, grace"},

		{"an unknown sid, her sub, of sessions without sid", true, logoutClaim("sid", "unknown"), "phone, grace"},
		{"an unknown sid, no sub", true, unknownSID, "laptop, phone, grace"},
		{"an unknown sid, an unknown sub", true, func(_, claims map[string]any) { claims["sid"], claims["sub"] = "unknown", "unknown" }, "laptop, phone, grace"},
		{"the phone's sid", true, nil, "laptop, grace"},
		{"the phone's sid, no sub", true, logoutWithout("sub"), "laptop, grace"},
		{"no sid", true, logoutWithout("sid"), "grace"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			if c.onlyPhone {
				without("sid")(a)
			}
			laptop, phone, grace := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
			a.RequireSignIn(t, grace, "asgardeo", authtest.Grace)
			a.RequireSignIn(t, laptop, "asgardeo", authtest.Ada)
			a.Provider.EditIDToken(nil)
			a.RequireSignIn(t, phone, "asgardeo", authtest.Ada)
			page := postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(c.edit)) // of the newest session
			if page.StatusCode != http.StatusOK || page.Text != "" || page.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("got status %d, body %q, Cache-Control %q; want 200, an empty body, no-store", page.StatusCode, page.Text, page.Header.Get("Cache-Control"))
			}
			var got []string
			for i, b := range []*authtest.Browser{laptop, phone, grace} {
				if a.HomeIsSignedIn(b) {
					got = append(got, []string{"laptop", "phone", "grace"}[i])
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("signed in afterwards: got %v, want %s; log:\n%s", got, c.want, a.Log)
			}
		})
	}
}

// The typ of a logout token is logout+jwt, JWT or absent (section 2.4; RFC 8725
// section 3.11). Types of other tokens are refused.
func TestBackChannelLogoutTokenTypes(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	for _, typ := range []any{"JWT", "jwt", "logout+jwt", "LOGOUT+JWT", "application/logout+jwt", "Application/Logout+JWT", "application/jwt"} {
		if page := postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(func(header, _ map[string]any) { header["typ"] = typ })); page.StatusCode != http.StatusOK {
			t.Errorf("typ %v: got status %d, want 200", typ, page.StatusCode)
		}
	}
	if page := postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(func(header, _ map[string]any) { delete(header, "typ") })); page.StatusCode != http.StatusOK {
		t.Errorf("no typ: got status %d, want 200", page.StatusCode)
	}
	for _, typ := range []any{"at+jwt", "secevent+jwt", "id_token+jwt", "logout", "logout+jwt ", " JWT", "application/", "application/application/jwt", "text/jwt", "evil", "", json.RawMessage("null"), 7, true, []any{"JWT"}, map[string]any{"typ": "JWT"}} {
		page := postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(func(header, _ map[string]any) { header["typ"] = typ }))
		if assertInvalidLogoutToken(t, a, page); t.Failed() {
			t.Fatalf("typ %q was not refused", typ)
		}
	}
}

func shiftTimes(claims map[string]any, seconds float64) {
	for _, name := range []string{"iat", "exp"} {
		claims[name] = claims[name].(float64) + seconds
	}
}

// A provider cannot end sessions at another provider.
func TestBackChannelLogoutOfAnotherProvider(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	other := a.AddProvider(t)
	b := authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	sid := a.Provider.Sessions()[0].SID
	hers := func(_, claims map[string]any) { claims["sid"], claims["sub"] = sid, authtest.Ada.Subject }
	bySub := func(_, claims map[string]any) { claims["sub"] = authtest.Ada.Subject; delete(claims, "sid") }
	asAsgardeo := func(header, claims map[string]any) { hers(header, claims); claims["iss"] = a.Provider.Issuer() }
	for _, c := range []struct {
		name, provider, token string
		status                int
	}{
		{"its own token with her sid", "other", other.LogoutToken(hers), http.StatusOK},
		{"its own token with her sub", "other", other.LogoutToken(bySub), http.StatusOK},
		{"its own token at the other provider's URL", "asgardeo", other.LogoutToken(hers), http.StatusBadRequest},
		{"its token with the other's iss", "asgardeo", other.LogoutToken(asAsgardeo), http.StatusBadRequest},
		{"its token with the other's iss at its own URL", "other", other.LogoutToken(asAsgardeo), http.StatusBadRequest},
		{"the right provider's token at another's URL", "other", a.Provider.LogoutToken(nil), http.StatusBadRequest},
	} {
		page := postLogoutToken(t, a, c.provider, c.token)
		if page.StatusCode != c.status || !a.HomeIsSignedIn(b) {
			t.Errorf("%s: got status %d, Ada signed in: %t; want %d and Ada signed in", c.name, page.StatusCode, a.HomeIsSignedIn(b), c.status)
		}
	}
	// Providers may use the same jti.
	jti := logoutClaim("jti", "the same at both")
	for _, provider := range []*authtest.Provider{other, a.Provider} {
		id := map[*authtest.Provider]string{other: "other", a.Provider: "asgardeo"}[provider]
		if page := postLogoutToken(t, a, id, provider.LogoutToken(jti)); page.StatusCode != http.StatusOK {
			t.Errorf("a jti used at another provider: got status %d at %s, want 200", page.StatusCode, id)
		}
	}
}
