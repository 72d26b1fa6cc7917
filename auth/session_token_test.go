package auth

import (
	"testing"

	"latchkey/auth/internal/sessiontoken"
	"latchkey/auth/store/storetest"
)

// Otherwise a request that was running during a sign-out could restore the session.
func TestSCSWritesNothing(t *testing.T) {
	t.Parallel()
	s := &storetest.Faulty{Store: openStore(t, "memory:")}
	a, _ := newAuth(t, s)
	cookie := beginSession(t, a, adaRecord())
	ctx, err := a.tokens.Load(t.Context(), cookie.Value)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.endCurrent(newTestRequest(t, a), &request{token: cookie.Value}, ByPerson); err != nil {
		t.Fatal(err)
	}
	s.Set(storetest.Fails("Create", "Update", "Delete"))
	a.tokens.Put(ctx, "key", "value")
	if _, _, err := a.tokens.Commit(ctx); err != nil {
		t.Errorf("commit: got error %v, want none, without a call of the store", err)
	}
	if err := a.tokens.Destroy(ctx); err != nil {
		t.Errorf("destroy: got error %v, want none, without a call of the store", err)
	}
	s.Set(nil)
	if got := who(t, a, cookie); got != "" {
		t.Errorf("got %s signed in after sign-out and commit, want signed out", got)
	}
}

func TestNewTokensDiffer(t *testing.T) {
	t.Parallel()
	a, _ := newAuth(t, openStore(t, "memory:"))
	seen := map[string]bool{}
	for range 100 {
		token, err := a.tokens.NewToken(t.Context())
		if err != nil || len(token) != sessiontoken.Length || seen[token] {
			t.Fatalf("got token %q and error %v, want a new one of %d characters", token, err, sessiontoken.Length)
		}
		seen[token] = true
	}
}
