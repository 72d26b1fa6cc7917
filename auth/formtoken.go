package auth

import (
	"context"
	"encoding/base64"
)

// formTokenName is the associated name of sealed owners.
const formTokenName = "owner"

// FormToken returns, sealed, who is signed in with the request; empty for nobody.
// A page puts it into its forms, so that what is sent from a page that somebody
// has left open is never done in the name of somebody else (see CheckOwner).
func (a *Auth) FormToken(ctx context.Context) string {
	if active := requestFrom(ctx).active; active != nil {
		return active.FormToken
	}
	return ""
}

// sealFormToken is done whenever a record is written, and so under the first secret
// again and again, instead of for every page. It outlives the session: a page
// that is left open when that ends sends its form after the next sign-in.
func (a *Auth) sealFormToken(f *summary) string {
	return base64.RawURLEncoding.EncodeToString(a.sealer.Seal(forFormToken, formTokenName, f.person(), f.Deadline.Add(a.maxAge)))
}

// CheckFormToken compares a sealed owner that came with a request with who is
// signed in. The code WrongPerson says that they differ, and that nothing must
// be done. A request without an owner passes: it is no page's.
func (a *Auth) CheckFormToken(ctx context.Context, sealed string) error {
	active := requestFrom(ctx).active
	if sealed == "" || active == nil {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return errorf(BadRequest, "", "the owner is not one of ours")
	}
	owner, ok := a.sealer.Open(forFormToken, formTokenName, raw)
	if !ok || string(owner) != string(active.person()) {
		return errorf(WrongPerson, active.Provider, "the page is somebody else's, or too old to tell")
	}
	return nil
}

// person is who a session is of: one provider's subject.
func (f *summary) person() []byte { return []byte(f.Provider + "\x00" + f.Subject) }
