package auth

import (
	"testing"

	"latchkey/auth/authtest"
)

// Sign-in and back-channel logout work at an issuer with a trailing slash.
func TestSignInAtIssuerWithTrailingSlash(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	p := newProviderFor(t, a)
	setIssuer(a, p.Issuer()+"/")
	p.EditDiscovery(func(doc map[string]any) { doc["issuer"] = p.Issuer() + "/" })
	named := func(_, c map[string]any) { c["iss"] = p.Issuer() + "/" }
	p.EditIDToken(named)
	cookie := signedInAda(t, a, authtest.NewBrowser(t))
	if got := who(t, a, cookie); got != authtest.Ada.Subject {
		t.Fatalf("got %q signed in, want Ada", got)
	}
	wantCode(t, "a logout by the issuer without a slash", a.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(nil)), LogoutTokenInvalid)
	if err := a.BackChannelLogout(t.Context(), "asgardeo", p.LogoutToken(named)); err != nil || who(t, a, cookie) != "" {
		t.Errorf("after the logout: got error %v and %q signed in, want neither", err, who(t, a, cookie))
	}
}
