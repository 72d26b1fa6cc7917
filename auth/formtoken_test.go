package auth

import (
	"net/http"
	"testing"
	"time"
)

// A page's owner is sealed with the record, and so it is anew once the secrets
// have changed: dropping the old one takes no form from who is still there.
func TestFormTokenSurvivesSecretRotation(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	before, _ := newAuth(t, s)
	cookie := beginSession(t, before, adaRecord())
	during, clock := newAuth(t, s, func(c *Config) { c.Secret, c.OldSecrets = otherSecret, []string{testSecret} })
	after, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
	clock.pass(2 * touchAfter)
	old := during.FormToken(through(t, during.Background, []*http.Cookie{cookie}))
	newTestRequest(t, during, cookie)
	ctx := newTestRequest(t, after, cookie)
	if err := after.CheckFormToken(ctx, after.FormToken(ctx)); err != nil || after.FormToken(ctx) == "" {
		t.Errorf("the owner of a page of today: got %q and error %v, want one that is right", after.FormToken(ctx), err)
	}
	wantCode(t, "the owner of a page from before", after.CheckFormToken(ctx, old), WrongPerson)
}

// A page outlives its session too: what that refused is sent again, with the
// owner that the page has, once the same person has signed in anew.
func TestFormTokenSurvivesItsSession(t *testing.T) {
	t.Parallel()
	a, clock := newAuth(t, openStore(t, "memory:"))
	left := a.FormToken(newTestRequest(t, a, beginSession(t, a, adaRecord())))
	clock.pass(a.maxAge + time.Hour)
	if err := a.CheckFormToken(newTestRequest(t, a, beginSession(t, a, adaRecord())), left); err != nil {
		t.Errorf("Ada's page, after Ada has signed in anew: got error %v, want none", err)
	}
	grace := adaRecord()
	grace.Subject = "grace"
	wantCode(t, "Ada's page, after Grace has signed in", a.CheckFormToken(newTestRequest(t, a, beginSession(t, a, grace)), left), WrongPerson)
}
