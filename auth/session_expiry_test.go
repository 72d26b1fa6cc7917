package auth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// A session ends no later than the provider's session_expiry (IPSIE SL1 OpenID Connect
// Profile), which userinfo cannot move.
func TestSessionExpiryOfTheProviderIsACeiling(t *testing.T) {
	t.Parallel()
	const maxAge = 8 * time.Hour
	for name, c := range map[string]struct {
		idToken, userinfo any           // after the sign-in, or another value
		want              time.Duration // after the sign-in; 0 means that it is refused
	}{
		"absent":             {nil, nil, maxAge},
		"sooner":             {time.Hour, nil, time.Hour},
		"later":              {24 * time.Hour, nil, maxAge},
		"in the past":        {-time.Minute, nil, 0},
		"not a time":         {"soon", nil, maxAge},
		"in userinfo alone":  {nil, time.Hour, maxAge},
		"later in userinfo":  {time.Hour, 24 * time.Hour, time.Hour},
		"sooner in userinfo": {2 * time.Hour, time.Hour, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := handlerstest.Start(t, func(config *auth.Config, _ *handlers.Config) { config.MaxAge = maxAge }), authtest.NewBrowser(t)
			expiry := func(claims map[string]any, value any) {
				switch value := value.(type) {
				case time.Duration:
					claims["session_expiry"] = time.Now().Add(value).Unix()
				case string:
					claims["session_expiry"] = value
				}
			}
			a.Provider.EditIDToken(func(_, claims map[string]any) {
				delete(claims, "name") // so that userinfo is requested
				delete(claims, "given_name")
				expiry(claims, c.idToken)
			})
			a.Provider.EditUserinfo(func(claims map[string]any) { expiry(claims, c.userinfo) })
			page := a.SignIn(t, b, authtest.Ada)
			if c.want == 0 {
				if page.StatusCode != http.StatusBadGateway || a.IsSignedIn(b) {
					t.Errorf("got status %d, signed in %v, want 502 and nobody signed in", page.StatusCode, a.IsSignedIn(b))
				}
				return
			}
			a.InRequest(t, b, func(ctx context.Context) {
				session, err := auth.FromContext(ctx)
				if err != nil || session == nil {
					t.Fatalf("got session %v and error %v, want Ada's", session, err)
				}
				if got := session.Deadline.Sub(session.StartedAt); got < c.want-2*time.Second || got > c.want+2*time.Second {
					t.Errorf("the session lasts %v, want %v", got, c.want)
				}
			})
		})
	}
}
