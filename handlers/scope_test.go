package handlers_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

// What was granted is what was asked for, unless the provider says otherwise
// (RFC 6749 section 5.1).
func TestGrantedScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(doc map[string]any)
		want []string
	}{
		{"not said", func(doc map[string]any) { delete(doc, "scope") }, []string{"openid", "profile", "email"}},
		{"less than asked for", func(doc map[string]any) { doc["scope"] = "openid email" }, []string{"openid", "email"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			b := authtest.NewBrowser(t)
			a.Provider.EditTokenResponse(c.edit)
			a.signIn(t, b, authtest.Ada)
			a.as(t, b, func(ctx context.Context) {
				session, err := auth.FromContext(ctx)
				if err != nil || session == nil {
					t.Errorf("signed in: got %v, %v, want Ada", session, err)
					return
				}
				if diff := cmp.Diff(c.want, session.Scopes); diff != "" {
					t.Errorf("granted scopes (-want +got):\n%s", diff)
				}
			})
		})
	}
}
