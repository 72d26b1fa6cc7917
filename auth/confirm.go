package auth

import (
	"context"
	"slices"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

// grantLife is how long a confirmation serves for the action that it was for.
const grantLife = 5 * time.Minute

// Confirmation asks the person to prove again that it is them, for one
// sensitive action. It is fulfilled only by a sign-in of the same person at
// the same provider that says itself that it is fresh.
type Confirmation struct {
	Action string        // what it is for, as "end-sessions"
	MaxAge time.Duration // how old the proof may be (max_age, Core 3.1.2.1); 0: it has to be new
	ACR    []string      // the classes of proof that will do (acr_values); nil: any
}

// Confirmed reports whether the person who is signed in with the request has
// proved, a few minutes ago at most, that it is them, for this very action;
// the error with the code ConfirmationRequired says that they have not. It
// fails closed: what a provider does not say has not been proved.
func (a *Auth) Confirmed(ctx context.Context, c Confirmation) error {
	active, err := requireSession(ctx)
	if err != nil {
		return err
	}
	r := active.Summary
	granted := r.ConfirmedAction == c.Action && a.now().Before(r.ConfirmedAt.Add(grantLife))
	if !granted || !c.satisfiedBy(r, r.ConfirmedAt) {
		return errorf(ConfirmationRequired, r.Provider, "the action %q needs a fresh sign-in", c.Action)
	}
	return nil
}

// satisfiedBy reports whether a sign-in was a valid confirmation at a time.
func (c Confirmation) satisfiedBy(f *record.Summary, at time.Time) bool {
	age := at.Sub(f.AuthTime)
	fresh := !f.AuthTime.IsZero() && age <= c.MaxAge+oidc.IssuedLeeway && age >= -oidc.IssuedLeeway
	return fresh && (len(c.ACR) == 0 || slices.Contains(c.ACR, f.ACR))
}

// pendingConfirmation is the part of a sign-in under way that confirms a session.
type pendingConfirmation struct {
	Confirmation
	Session string // the public ID of the session that asked
}

// newPendingConfirmation binds a confirmation to the session that asks for it; nil for
// none.
func newPendingConfirmation(req *request, c *Confirmation) (*pendingConfirmation, error) {
	if c == nil {
		return nil, nil
	}
	if req.active == nil && req.err == nil {
		return nil, errorf(SessionEnded, "", "nobody is signed in who could confirm anything")
	}
	if req.err != nil {
		return nil, req.err
	}
	return &pendingConfirmation{Confirmation: *c, Session: req.active.PublicID}, nil
}

// checkConfirmation checks that a sign-in which was begun as a confirmation is one: of
// the session that asked, by the same person, and as fresh as was asked for.
// Where it is not, the session stays as it is.
func (a *Auth) checkConfirmation(req *request, s *signIn, r *record.Record) error {
	if s.Confirmation == nil {
		return nil
	}
	switch active := req.active; {
	case active == nil || active.PublicID != s.Confirmation.Session:
		return s.errorf(SessionEnded, "the session that asked for a confirmation has ended")
	case active.Provider != r.Provider || active.Subject != r.Subject:
		return s.errorf(WrongPerson, "the confirmation is somebody else's")
	case !s.Confirmation.satisfiedBy(&r.Summary, a.now()):
		return s.errorf(NotConfirmed, "auth_time or acr in the ID token do not say what was asked for")
	}
	r.ConfirmedAction, r.ConfirmedAt = s.Confirmation.Action, a.now()
	return nil
}
