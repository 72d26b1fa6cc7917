package auth

import (
	"net/http"
	"testing"
)

// A page's owner is sealed with the record, and so it is anew once the secrets
// have changed: dropping the old one takes no form from who is still there.
func TestOwnerOutlivesTheSecretOfTheSignIn(t *testing.T) {
	t.Parallel()
	s := openStore(t, "memory:")
	before, _ := newAuth(t, s)
	cookie := beginSession(t, before, adaRecord())
	during, clock := newAuth(t, s, func(c *Config) { c.Secret, c.OldSecrets = otherSecret, []string{testSecret} })
	after, _ := newAuth(t, s, func(c *Config) { c.Secret = otherSecret })
	clock.pass(2 * touchAfter)
	old := during.Owner(through(t, during.Background, []*http.Cookie{cookie}))
	request(t, during, cookie)
	ctx := request(t, after, cookie)
	if err := after.CheckOwner(ctx, after.Owner(ctx)); err != nil || after.Owner(ctx) == "" {
		t.Errorf("the owner of a page of today: got %q and error %v, want one that is right", after.Owner(ctx), err)
	}
	wantCode(t, "the owner of a page from before", after.CheckOwner(ctx, old), WrongPerson)
}
