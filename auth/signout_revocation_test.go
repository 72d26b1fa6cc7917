package auth_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The refresh token is revoked in the background: the response arrives while the
// revocation endpoint is still busy.
func TestSignOutRevokesRefreshToken(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	tokens := tokensOf(a.Provider)
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	hold, arrived, release := authtest.Hold()
	a.Provider.Handle(authtest.RevocationEndpoint, hold)
	if page := b.Post(a.URL+"/api/auth/signout", nil); page.StatusCode != http.StatusSeeOther {
		t.Errorf("got status %d, want 303", page.StatusCode)
	}
	<-arrived
	release()
	handlerstest.Eventually(t, "the refresh token is revoked", func() bool { return tokens.areRevoked() })
}

// Without a refresh token the access token is revoked (RFC 7009 section 2.1).
func TestSignOutRevokesAccessTokenWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	var token string
	a.Provider.EditTokenResponse(func(doc map[string]any) {
		delete(doc, "refresh_token")
		token = doc["access_token"].(string)
	})
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	b.Post(a.URL+"/api/auth/signout", nil)
	handlerstest.Eventually(t, "the access token is revoked", func() bool { return slices.Contains(a.Provider.Revoked(), token) })
}

// Some providers (WSO2's) issue one refresh token for all sessions of a person. It is
// revoked when the last of them ends.
func TestSignOutKeepsSharedRefreshTokenUntilLastSession(t *testing.T) {
	t.Parallel()
	a, laptop, phone := handlerstest.Start(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
	const token = "one-for-all"
	a.Provider.EditTokenResponse(func(doc map[string]any) { doc["refresh_token"] = token })
	kept := func(times int) func() bool {
		return func() bool { return strings.Count(a.Log.String(), "token not revoked") == times }
	}
	a.SignIn(t, laptop, authtest.Ada)
	a.SignIn(t, phone, authtest.Ada)
	a.SignIn(t, phone, authtest.Ada) // replaces the previous session
	handlerstest.Eventually(t, "the token is kept after the session is replaced", kept(1))
	laptop.Post(a.URL+"/api/auth/signout", nil)
	handlerstest.Eventually(t, "the token is kept after the laptop's session", kept(2))
	if got := a.Provider.Revoked(); len(got) != 0 {
		t.Fatalf("got %d tokens revoked while the phone is signed in, want none", len(got))
	}
	phone.Post(a.URL+"/api/auth/signout", nil)
	handlerstest.Eventually(t, "the token is revoked with the last session", func() bool { return slices.Contains(a.Provider.Revoked(), token) })
}

// tokenList is the refresh tokens that a provider has issued.
type tokenList struct {
	mu       sync.Mutex
	provider *authtest.Provider
	refresh  []string
}

// tokensOf records the refresh tokens that a provider issues from now on.
func tokensOf(p *authtest.Provider) *tokenList {
	list := &tokenList{provider: p}
	p.EditTokenResponse(list.note)
	return list
}

func (l *tokenList) note(doc map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if token, ok := doc["refresh_token"].(string); ok {
		l.refresh = append(l.refresh, token)
	}
}

// areRevoked reports whether the newest refresh token is revoked.
func (l *tokenList) areRevoked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, revoked := range l.provider.Revoked() {
		if len(l.refresh) > 0 && revoked == l.refresh[len(l.refresh)-1] {
			return true
		}
	}
	return false
}

// A refresh that completes after Sign Out does not restore the session, and its new
// token is revoked.
func TestSignOutDuringRefresh(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.StartWith(t, authtest.WithRotation()), authtest.NewBrowser(t)
	tokens := tokensOf(a.Provider)
	a.Provider.EditTokenResponse(func(doc map[string]any) { tokens.note(doc); doc["expires_in"] = -5 })
	a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
	a.Provider.EditTokenResponse(tokens.note)
	copied := copyBrowser(t, a, b)
	calls := handlerstest.StartAPI(t, a, 1)
	hold, arrived, release := holdAnswer()
	a.Provider.Handle(authtest.TokenEndpoint, hold)
	var call sync.WaitGroup
	call.Go(func() {
		if resp, err := copied.Client.Get(calls.Replicas[0].URL); err == nil {
			resp.Body.Close()
		}
	})
	<-arrived
	b.Post(a.URL+"/api/auth/signout", nil)
	release()
	call.Wait()
	a.AssertSignedOut(t, b, copied)
	handlerstest.Eventually(t, "the token of the pending refresh is revoked", func() bool {
		tokens.mu.Lock()
		refreshed := len(tokens.refresh) == 2
		tokens.mu.Unlock()
		return refreshed && tokens.areRevoked()
	})
}

// holdAnswer delays responses after the provider has processed the request.
func holdAnswer() (f authtest.Fault, arrived <-chan struct{}, release func()) {
	done, goOn := make(chan struct{}, 1), make(chan struct{})
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			done <- struct{}{}
			<-goOn
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			answer.Body.WriteTo(w)
		})
	}, done, func() { close(goOn) }
}

// Sign Out works when revocation fails, and the log reports the failed revocation without the token.
func TestSignOutWhenRevocationFails(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]authtest.Fault{
		"500": authtest.Status(500), "400": authtest.OAuthError("unsupported_token_type"), "cut": handlerstest.DropConnection, "redirected": authtest.RedirectTo("https://evil.example/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t), authtest.NewBrowser(t)
			tokens := tokensOf(a.Provider)
			a.RequireSignIn(t, b, "asgardeo", authtest.Ada)
			a.Provider.Handle(authtest.RevocationEndpoint, f)
			b.Post(a.URL+"/api/auth/signout", nil)
			a.AssertSignedOut(t, b)
			handlerstest.Eventually(t, "the log reports the failed revocation", func() bool { return strings.Contains(a.Log.String(), "token revocation failed") })
			if strings.Contains(a.Log.String(), tokens.refresh[0]) {
				t.Error("the log contains the token")
			}
		})
	}
}
