package handlerstest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// PendingSignIn is a sign-in whose callback has not been requested yet.
type PendingSignIn struct {
	TB       testing.TB
	App      *App
	Browser  *authtest.Browser
	Callback *url.URL
	Query    url.Values // of Callback; nil means that Callback has its own
}

// StartSignIn signs Ada in at the provider, and stops before the callback.
func (a *App) StartSignIn(tb testing.TB, b *authtest.Browser) *PendingSignIn {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"callbackUrl": {"/profile"}})
	callback, err := url.Parse(b.SignIn(page.Redirect, authtest.Ada))
	if err != nil {
		tb.Fatal(err)
	}
	return &PendingSignIn{TB: tb, App: a, Browser: b, Callback: callback, Query: callback.Query()}
}

// Finish requests the callback.
func (j *PendingSignIn) Finish() *authtest.Page {
	if j.Query != nil {
		j.Callback.RawQuery = j.Query.Encode()
	}
	return j.Browser.Get(j.Callback.String())
}

// SetSignInCookies sets every cookie of a pending sign-in to a value; "" removes
// the cookie.
func (j *PendingSignIn) SetSignInCookies(value string) {
	for _, c := range j.Browser.Client.Jar.Cookies(j.Callback) {
		if strings.HasPrefix(c.Name, "latchkey.signin.") {
			changed := &http.Cookie{Name: c.Name, Value: value, Path: "/"}
			if value == "" {
				changed.MaxAge = -1
			}
			j.Browser.Client.Jar.SetCookies(j.Callback, []*http.Cookie{changed})
		}
	}
}

// SensitiveAction is an action of the app that needs a confirmation.
const SensitiveAction = "end-sessions"

// StartConfirmation starts the confirmation of SensitiveAction, and returns the
// authorization URL.
func (a *App) StartConfirmation(tb testing.TB, b *authtest.Browser) string {
	tb.Helper()
	page := b.Post(a.URL+"/api/auth/signin/asgardeo", url.Values{"confirm": {SensitiveAction}, "callbackUrl": {"/profile"}})
	if page.StatusCode != http.StatusSeeOther {
		tb.Fatalf("Confirm: got status %d, want 303", page.StatusCode)
	}
	return page.Redirect
}

// IsConfirmed reports whether an action is confirmed.
func (a *App) IsConfirmed(tb testing.TB, b *authtest.Browser, action string) bool {
	tb.Helper()
	confirmed := false
	a.InRequest(tb, b, func(ctx context.Context) { confirmed = a.Auth.Confirmed(ctx, auth.Confirmation{Action: action}) == nil })
	return confirmed
}
