package auth

import (
	"context"
	"encoding/base64"
)

// ownerName is the associated name of sealed owners.
const ownerName = "owner"

// Owner returns, sealed, who is signed in with the request; empty for nobody.
// A page puts it into its forms, so that what is sent from a page that somebody
// has left open is never done in the name of somebody else (see CheckOwner).
func (a *Auth) Owner(ctx context.Context) string {
	if l := visitOf(ctx).live; l != nil {
		return l.Owner
	}
	return ""
}

// sealOwner is done whenever a record is written, and so under the first secret
// again and again, instead of for every page. It outlives the session: a page
// that is left open when that ends sends its form after the next sign-in.
func (a *Auth) sealOwner(f *front) string {
	return base64.RawURLEncoding.EncodeToString(a.sealer.seal(forOwner, ownerName, f.owner(), f.Until.Add(a.maxAge)))
}

// CheckOwner compares a sealed owner that came with a request with who is
// signed in. The code WrongPerson says that they differ, and that nothing must
// be done. A request without an owner passes: it is no page's.
func (a *Auth) CheckOwner(ctx context.Context, sealed string) error {
	l := visitOf(ctx).live
	if sealed == "" || l == nil {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return problem(BadRequest, "", "the owner is not one of ours")
	}
	owner, ok := a.sealer.open(forOwner, ownerName, raw)
	if !ok || string(owner) != string(l.owner()) {
		return problem(WrongPerson, l.Provider, "the page is somebody else's, or too old to tell")
	}
	return nil
}

// owner is who a session is of: one provider's subject.
func (f *front) owner() []byte { return []byte(f.Provider + "\x00" + f.Subject) }
