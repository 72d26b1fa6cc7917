package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// A logout token is accepted once, at any replica.
func TestBackChannelLogoutRefusesReplayedToken(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	here, there := a.URL, a.StartReplica(t)
	token := a.Provider.LogoutToken(logoutWithout("sid"))
	if page := postLogoutToken(t, a, "asgardeo", token); page.StatusCode != http.StatusOK {
		t.Fatalf("got status %d, want 200", page.StatusCode)
	}
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	for _, replica := range []string{here, there} {
		a.URL = replica
		assertInvalidLogoutToken(t, a, postLogoutToken(t, a, "asgardeo", token))
	}
	a.URL = here
	if !a.HomeIsSignedIn(b) {
		t.Error("the replayed token ended a later session")
	}
}

// A logout at one replica ends sessions at all of them, and stops a pending sign-in
// whose callback arrives at another replica.
func TestBackChannelLogoutAtAnotherReplica(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	here, there := a.URL, a.StartReplica(t)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	pending := a.StartSignIn(t, authtest.NewBrowser(t))
	a.URL = there
	for _, session := range a.Provider.Sessions() {
		if page := postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(logoutClaim("sid", session.SID))); page.StatusCode != http.StatusOK {
			t.Fatalf("got status %d, want 200", page.StatusCode)
		}
	}
	a.URL = here
	a.AssertSignedOut(t, b)
	a.AssertRefused(t, pending.Finish(), 400, "signed_out_meanwhile", "")
	a.AssertSignedOut(t, pending.Browser)
	a.AssertSignInWorks(t, authtest.NewBrowser(t)) // at once, in the same second
}

// Forged tokens cause at most one fetch of keys every 2 s, and tokens with wrong
// claims cause none.
func TestBackChannelLogoutLimitsKeyFetches(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	for _, edit := range []editLogout{logoutClaim("aud", "evil"), logoutClaim("iss", "https://evil.example"), logoutWithout("jti"), logoutClaim("nonce", "evil")} {
		postLogoutToken(t, a, "asgardeo", a.Provider.LogoutToken(edit))
	}
	if got := a.Provider.Requests(authtest.JWKSEndpoint); got != 0 {
		t.Errorf("tokens with wrong claims: got %d key fetches, want none", got)
	}
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	start, before := time.Now(), a.Provider.Requests(authtest.JWKSEndpoint)
	for range 50 {
		payload := decode(part(a.Provider.LogoutToken(nil), 1))
		postLogoutToken(t, a, "asgardeo", attackerKey.Sign(map[string]any{"kid": "forged"}, []byte(payload)))
	}
	most := 1 + int(time.Since(start)/(2*time.Second))
	if got := a.Provider.Requests(authtest.JWKSEndpoint) - before; got > most {
		t.Errorf("50 forged tokens: got %d key fetches in %s, want at most %d", got, time.Since(start), most)
	}
	if !a.HomeIsSignedIn(b) {
		t.Error("a forged token signed the person out")
	}
}

// When the store fails, the response asks the provider to retry, as soon as a page would
// come. The retry with the same token works.
func TestBackChannelLogoutSucceedsAfterStoreFailure(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]storetest.Fault{
		"down": storetest.Fails(), "hangs": storetest.Hangs(), "slow": storetest.Delays(1200 * time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
			a, b := handlerstest.StartOn(t, s), authtest.NewBrowser(t)
			tokens := tokensOf(a.Provider)
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			token := a.Provider.LogoutToken(nil)
			a.LimitStoreWaits(t, s, m)
			page := postLogoutToken(t, a, "asgardeo", token)
			if page.StatusCode != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" || page.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got status %d, Retry-After %q, %s; want 503, a value, JSON", page.StatusCode, page.Header.Get("Retry-After"), page.Header.Get("Content-Type"))
			}
			if !strings.Contains(page.Text, `"error":"temporarily_unavailable"`) {
				t.Errorf("got body %q, want the error temporarily_unavailable", page.Text)
			}
			s.Set(nil)
			if page := postLogoutToken(t, a, "asgardeo", token); page.StatusCode != http.StatusOK {
				t.Errorf("the retry: got status %d and %s, want 200", page.StatusCode, page.Text)
			}
			a.AssertSignedOut(t, b)
			handlerstest.Eventually(t, "the refresh token is revoked", tokens.areRevoked)
		})
	}
}
