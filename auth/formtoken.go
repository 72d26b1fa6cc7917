package auth

import (
	"context"
	"encoding/base64"

	"latchkey/auth/internal/record"
)

const formTokenName = "owner"

// FormToken returns the sealed identity of the person who is signed in, or ""
// if nobody is. Forms carry it, so that a page that one person left open does
// nothing in the name of the next (see CheckFormToken).
func (a *Auth) FormToken(ctx context.Context) string {
	if active := requestFrom(ctx).active; active != nil {
		return active.FormToken
	}
	return ""
}

// sealFormToken runs when a record is written, and not for each page. A form token outlives
// its session: a page that stays open can send its form after the next sign-in.
func (a *Auth) sealFormToken(f *record.Summary) string {
	return base64.RawURLEncoding.EncodeToString(a.sealer.Seal(forFormToken, formTokenName, []byte(f.Person()), f.Deadline.Add(a.config.MaxAge)))
}

// CheckFormToken compares the form token of a request with the person who is
// signed in. An error with the code WrongPerson means that they differ, and
// that the request must change nothing. A request without a form token passes:
// it does not come from a page.
func (a *Auth) CheckFormToken(ctx context.Context, sealed string) error {
	active := requestFrom(ctx).active
	if sealed == "" || active == nil {
		return nil
	}
	raw, _ := base64.RawURLEncoding.DecodeString(sealed) // anything else does not open
	owner, ok := a.sealer.Open(forFormToken, formTokenName, raw)
	if !ok || string(owner) != active.Person() {
		return errorf(WrongPerson, active.Provider, "the page is another person's, or its form token has expired")
	}
	return nil
}
