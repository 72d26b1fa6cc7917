package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
	"latchkey/handlers/handlerstest"
)

// Error responses of the authorization endpoint (Core 3.1.2.6).
func TestCallbackReportsProviderErrors(t *testing.T) {
	t.Parallel()
	hostile := func(code string) func(*handlerstest.PendingSignIn) {
		return func(j *handlerstest.PendingSignIn) {
			j.Query = url.Values{"state": j.Query["state"], "error": {code},
				"error_description": {"<script>evil()</script>"}, "error_uri": {"https://evil.example/"}}
		}
	}
	for _, w := range []callbackCase{
		{"4.1.2.1, server_error", hostile("server_error"), unavailable("server_error")},
		{"4.1.2.1, temporarily_unavailable", hostile("temporarily_unavailable"), unavailable("temporarily_unavailable")},
		{"4.1.2.1, invalid_request", hostile("invalid_request"), refusal{502, auth.Misconfigured, "invalid_request"}},
		{"4.1.2.1, unauthorized_client", hostile("unauthorized_client"), refusal{502, auth.Misconfigured, "unauthorized_client"}},
		{"4.1.2.1, unsupported_response_type", hostile("unsupported_response_type"), refusal{502, auth.Misconfigured, ""}},
		{"4.1.2.1, invalid_scope", hostile("invalid_scope"), refusal{502, auth.Misconfigured, "invalid_scope"}},
		{"Core 3.1.2.6, login_required", hostile("login_required"), refusal{400, auth.ProviderRefused, "login_required"}},
		{"Core 3.1.2.6, interaction_required", hostile("interaction_required"), refusal{400, auth.ProviderRefused, "interaction_required"}},
		{"an error with markup", hostile("<img src=x onerror=evil()>"), refusal{400, auth.ProviderRefused, "img"}},
		{"an error with line breaks", hostile("evil\n{\"level\":\"evil\"}"), refusal{400, auth.ProviderRefused, "evil {"}},
		{"an error of 6 KB", hostile(strings.Repeat("evil", 1500)), refusal{400, auth.ProviderRefused, "evil"}},
		{"an error and a code", func(j *handlerstest.PendingSignIn) { j.Query.Set("error", "evil") }, refusal{400, auth.ProviderRefused, "evil"}},
		{"an error without a state", func(j *handlerstest.PendingSignIn) { hostile("access_denied")(j); j.Query.Del("state") }, refusal{400, auth.StateUnknown, ""}},
	} {
		w.run(t)
	}
}

// A canceled sign-in is not a failure, and uses its state up (RFC 6749 section
// 4.1.2.1).
func TestCallbackAfterCanceledSignIn(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
	callback := b.Cancel(page.Redirect)
	if page = b.Walk(callback); !strings.Contains(page.Text, "Sign-in canceled.") {
		t.Errorf("got status %d, want the notice of a canceled sign-in:\n%s", page.StatusCode, page.Text)
	}
	a.AssertRefused(t, b.Walk(callback), 400, auth.StateUsed, "")
	a.AssertSignInWorks(t, b)
}

// access_denied can mean that the person canceled or that the provider denies
// access. Only the former is reported as canceled; the log has the reason of both.
func TestCallbackDistinguishesCanceledFromDenied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code, reason string
		cancelled    bool
	}{
		{"access_denied", "", true},                                                            // Google, Keycloak
		{"access_denied", "User denied the consent", true},                                     // Asgardeo
		{"access_denied", "User did not authorize the request", true},                          // Auth0
		{"access_denied", "AADSTS65004: User declined to consent to access the app.", true},    // Entra
		{"consent_required", "AADSTS65004: User declined to consent to access the app.", true}, // Entra
		{"access_denied", "AADB2C90091: The user has cancelled entering self-asserted information.", true},
		{"access_denied", "The user has denied access to the scope requested by the client application.", true},
		{"access_denied", "The resource owner denied the request.", true},                                       // Hydra
		{"user_cancelled_authorize", "", true},                                                                  // Apple
		{"access_denied", "User is not assigned to the client application.", false},                             // Okta
		{"access_denied", "Policy evaluation failed for this request, please check the policy", false},          // Okta
		{"access_denied", "The resource owner or authorization server denied the request.", false},              // RFC 6749: ambiguous
		{"access_denied", "Please verify your email before logging in.", false},                                 // Auth0
		{"access_denied", "User was denied by the rule of the subscription, which is cancelled.", false},        // Auth0
		{"access_denied", "AADSTS50105: The signed in user is not assigned to a role for the app.", false},      // Entra
		{"access_denied", "AADB2C90118: The user has forgotten their password.", false},                         // Azure AD B2C
		{"consent_required", "AADSTS65001: The user or administrator has not consented to use the app.", false}, // Entra
	} {
		t.Run(c.code+" "+c.reason, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			j := a.StartSignIn(t, b)
			j.Query = url.Values{"state": j.Query["state"], "error": {c.code}}
			if c.reason != "" {
				j.Query.Set("error_description", c.reason)
			}
			page := j.Finish()
			if page.Redirect != "" {
				page = b.Walk(page.Redirect)
			}
			if got := strings.Contains(page.Text, "Sign-in canceled"); got != c.cancelled {
				t.Errorf("the page reports a canceled sign-in: got %t, want %t", got, c.cancelled)
			}
			if log := a.Log.String(); !strings.Contains(log, c.code+" "+c.reason) {
				t.Errorf("the log lacks %q:\n%s", c.code+" "+c.reason, log)
			}
		})
	}
}

// A callback while the store is down gets an error page, redeems no code, and
// works when it is requested again later.
func TestCallbackWhileStoreIsDown(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]storetest.Fault{"down": storetest.Fails(), "hangs": storetest.Hangs()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}
			a, b := handlerstest.StartOn(t, s), authtest.NewBrowser(t)
			started := b.Post(a.URL+"/api/auth/signin/asgardeo", nil)
			callback := b.SignIn(started.Redirect, authtest.Ada)
			a.LimitStoreWaits(t, s, m)
			page := b.Get(callback)
			a.AssertRefused(t, page, 503, auth.StoreUnavailable, "")
			if got := a.Provider.Requests(authtest.TokenEndpoint); got != 0 {
				t.Errorf("got %d codes redeemed, want none", got)
			}
			s.Set(nil)
			if b.Walk(callback); !a.IsSignedIn(b) {
				t.Errorf("the same callback, when the store is back: signed out, want signed in; log:\n%s", a.Log)
			}
		})
	}
}

// The code is opaque: it is sent to the token endpoint unchanged.
func TestCallbackSendsCodeUnchanged(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	for _, code := range []string{"a+b/c=d%2Be", "4/0AX4XfWh-_ ~", "M.C507_BL2.2.U.1!a$b*c", "é%", strings.Repeat("x", 3000)} {
		var sent atomic.Value
		a.Provider.Handle(authtest.TokenEndpoint, func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent.Store(r.PostFormValue("code"))
				w.WriteHeader(http.StatusBadRequest)
			})
		})
		j := a.StartSignIn(t, authtest.NewBrowser(t))
		set("code", code)(j)
		j.Finish()
		if sent.Load() != code {
			t.Errorf("got the code %.40q at the token endpoint, want %.40q", sent.Load(), code)
		}
	}
}

// Some providers omit the state from error responses. The log has the error
// anyway.
func TestCallbackLogsErrorWithoutState(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	page := b.Get(a.URL + "/api/auth/callback/asgardeo?error=invalid_scope&error_description=The+scope+reports+is+not+allowed")
	a.AssertRefused(t, page, 400, auth.StateUnknown, "invalid_scope The scope reports is not allowed")
	if strings.Contains(page.Text, "reports") {
		t.Errorf("the page quotes the provider:\n%s", page.Text)
	}
	page = b.Get(a.URL + "/api/auth/callback/asgardeo?state=x")
	if cause := a.LoggedError(handlerstest.Reference(page)); strings.Contains(cause, "it has the error") {
		t.Errorf("without an error: got %q in the log, want nothing about one", cause)
	}
}
