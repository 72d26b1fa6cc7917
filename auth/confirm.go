package auth

import (
	"context"
	"slices"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

// grantLife is how long a confirmation is valid for its action.
const grantLife = 5 * time.Minute

// Confirmation asks the person to authenticate again before one sensitive action. Only a
// sign-in of the same person at the same provider counts, and only if the provider says
// that it is fresh.
type Confirmation struct {
	Action string        // the action, such as "end-sessions"
	MaxAge time.Duration // how old the authentication may be (max_age, Core 3.1.2.1); 0 means a new one
	ACR    []string      // the accepted authentication context classes (acr_values); nil means any
}

// Confirmed returns nil if the person who is signed in with the request confirmed this
// action in the last five minutes, and otherwise an error with the code
// ConfirmationRequired. Without auth_time from the provider, nothing is confirmed.
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

// satisfiedBy reports whether a sign-in is a valid confirmation at a time.
func (c Confirmation) satisfiedBy(f *record.Summary, at time.Time) bool {
	age := at.Sub(f.AuthTime)
	fresh := !f.AuthTime.IsZero() && age <= c.MaxAge+oidc.IssuedLeeway && age >= -oidc.IssuedLeeway
	return fresh && (len(c.ACR) == 0 || slices.Contains(c.ACR, f.ACR))
}

// pendingConfirmation is the confirmation that a pending sign-in is for.
type pendingConfirmation struct {
	Confirmation
	Session string // the public ID of the session that asked
}

// newPendingConfirmation binds a confirmation to the session that asks for it. It returns
// nil for nil.
func newPendingConfirmation(ctx context.Context, c *Confirmation) (*pendingConfirmation, error) {
	if c == nil {
		return nil, nil
	}
	active, err := requireSession(ctx)
	if err != nil {
		return nil, err
	}
	return &pendingConfirmation{Confirmation: *c, Session: active.PublicID}, nil
}

// checkConfirmation checks a sign-in that was started as a confirmation: it must be for
// the session that asked, by the same person, and as fresh as requested. If it is not, the
// session stays as it is.
func (a *Auth) checkConfirmation(req *request, s *signIn, r *record.Record) error {
	if s.Confirmation == nil {
		return nil
	}
	switch active := req.active; {
	case active == nil || active.PublicID != s.Confirmation.Session:
		return s.errorf(SessionEnded, "the session that asked for a confirmation has ended")
	case active.Provider != r.Provider || active.Subject != r.Subject:
		return s.errorf(WrongPerson, "another person signed in")
	case !s.Confirmation.satisfiedBy(&r.Summary, a.now()):
		return s.errorf(NotConfirmed, "auth_time or acr in the ID token is not as requested")
	}
	r.ConfirmedAction, r.ConfirmedAt = s.Confirmation.Action, a.now()
	return nil
}
