package auth

import (
	"net/http"
	"testing"
	"time"
)

// Form tokens are issued with the current secret, so that removing the old one does
// not invalidate the forms of current pages.
func TestFormTokenSurvivesSecretRotation(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	before, _ := newAuth(t, s)
	cookie := beginSession(t, before, adaRecord())
	during, clock := newAuth(t, s, func(c *Config) { c.Secret, c.OldSecrets = otherSecret, []string{testSecret} })
	after, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
	clock.Advance(2 * touchAfter)
	old := during.FormToken(through(t, during.Background, []*http.Cookie{cookie}))
	newTestRequest(t, during, cookie)
	ctx := newTestRequest(t, after, cookie)
	if err := after.CheckFormToken(ctx, after.FormToken(ctx)); err != nil || after.FormToken(ctx) == "" {
		t.Errorf("the owner of a current page: got %q and error %v, want one that is right", after.FormToken(ctx), err)
	}
	wantCode(t, "the owner of a page from before", after.CheckFormToken(ctx, old), WrongPerson)
}

// A page's form token is valid in the next session of the same user, so that a form
// can be sent again after signing in.
func TestFormTokenSurvivesItsSession(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"))
	left := a.FormToken(newTestRequest(t, a, beginSession(t, a, adaRecord())))
	clock.Advance(a.config.MaxAge + time.Hour)
	if err := a.CheckFormToken(newTestRequest(t, a, beginSession(t, a, adaRecord())), left); err != nil {
		t.Errorf("Ada's page, after Ada has signed in again: got error %v, want none", err)
	}
	grace := adaRecord()
	grace.Subject = "grace"
	wantCode(t, "Ada's page, after Grace has signed in", a.CheckFormToken(newTestRequest(t, a, beginSession(t, a, grace)), left), WrongPerson)
}
