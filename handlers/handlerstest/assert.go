package handlerstest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// Eventually waits until a condition holds, and stops the test after 30 s.
func Eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("timed out, want: %s", what)
		}
	}
}

// AssertSignedOut asserts that the browsers are signed out on public and
// protected routes.
func (a *App) AssertSignedOut(tb testing.TB, browsers ...*authtest.Browser) {
	tb.Helper()
	for i, b := range browsers {
		if got := strings.TrimSpace(b.Get(a.URL + "/api/auth/session").Text); got != "null" {
			tb.Errorf("browser %d: /api/auth/session says %s, want null", i, got)
		}
		if got := b.Get(a.URL + "/profile").StatusCode; got != http.StatusUnauthorized {
			tb.Errorf("browser %d: /profile: got status %d, want 401", i, got)
		}
	}
}

// Evil is part of every text that an attacker sends in these tests, so that no
// response may contain it.
const Evil = "evil"

// AssertRefused asserts the status of an error response, that it quotes no
// attacker, and the error that is logged under its reference.
func (a *App) AssertRefused(tb testing.TB, page *authtest.Page, status int, code auth.Code, cause string) {
	tb.Helper()
	if page.StatusCode != status {
		tb.Errorf("got status %d, want %d:\n%s", page.StatusCode, status, page.Text)
	}
	provider := []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	if (status < 400 || status > 499) && !slices.Contains(provider, status) {
		tb.Errorf("refused with status %d, want 4xx, or 502, 503, 504", status)
	}
	a.AssertNoAttackerText(tb, page)
	reference := Reference(page)
	if got := a.LoggedError(reference); reference == "" || !strings.HasPrefix(got, string(code)) || !strings.Contains(got, cause) {
		tb.Errorf("logged under the page's reference %q: got %q, want %s and %q", reference, got, code, cause)
	}
}

// AssertNoAttackerText asserts that a response does not contain Evil.
func (a *App) AssertNoAttackerText(tb testing.TB, page *authtest.Page) {
	tb.Helper()
	var response strings.Builder
	page.Header.Write(&response)
	response.WriteString(page.Text)
	if hasAttackerText(response.String()) {
		tb.Errorf("the response contains the attacker's text:\n%s", response.String())
	}
}

// hasAttackerText reports whether a response contains Evil in any case, outside of
// random values.
func hasAttackerText(response string) bool {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), Evil) }
	return has(response) && has(randomValue.ReplaceAllString(response, "$1$2$3$4"))
}

// randomValue matches values of our own making that contain Evil by chance once
// in some thousand responses: references, sealed cookies and form tokens, and the
// random parameters of an authorization request.
var randomValue = regexp.MustCompile(`(<code>|"reference":")[A-Z2-7]{10}\b` +
	`|(?m:^(Set-Cookie: [\w.-]+=)[\w-]{40,})` +
	`|(<input name="\w+" type="hidden" value=")[\w-]{40,}` +
	`|([?&](?:state|nonce|code_challenge)=)[\w-]{20,}`)

// LoggedError returns the error that the log has under a reference.
func (a *App) LoggedError(reference string) string {
	for line := range strings.Lines(a.Log.String()) {
		var entry struct{ Error, Reference string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Reference == reference && entry.Error != "" {
			return entry.Error
		}
	}
	return ""
}

// AssertSignInWorks asserts that a valid sign-in succeeds.
func (a *App) AssertSignInWorks(tb testing.TB, b *authtest.Browser) {
	tb.Helper()
	if page := a.TrySignIn(b); page.StatusCode != http.StatusSeeOther || !a.HomeIsSignedIn(b) {
		tb.Errorf("a valid sign-in: got status %d, want a user signed in; log:\n%s", page.StatusCode, a.Log)
	}
}
