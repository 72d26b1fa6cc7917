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
	Person string // who asked; see record.Summary.Person
}

// newPendingConfirmation binds a confirmation to the person who asks for it. It returns
// nil for nil.
func newPendingConfirmation(ctx context.Context, c *Confirmation) (*pendingConfirmation, error) {
	if c == nil {
		return nil, nil
	}
	active, err := requireSession(ctx)
	if err != nil {
		return nil, err
	}
	return &pendingConfirmation{Confirmation: *c, Person: active.Person()}, nil
}

// checkConfirmation checks a sign-in that was started as a confirmation: it must be by the
// person who asked for it and is still signed in, and as fresh as requested. If it is not,
// the session stays as it is. The session may be a newer one, of another tab.
func (a *Auth) checkConfirmation(ctx context.Context, s *signIn, r *record.Record) error {
	if s.Confirmation == nil {
		return nil
	}
	active, err := requireSession(ctx)
	switch {
	case err != nil:
		return s.wrap(err)
	case active.Person() != s.Confirmation.Person, r.Person() != s.Confirmation.Person:
		return s.errorf(WrongPerson, "another person signed in")
	case !s.Confirmation.satisfiedBy(&r.Summary, a.now()):
		return s.errorf(NotConfirmed, "auth_time or acr in the ID token is not as requested")
	}
	r.ConfirmedAction, r.ConfirmedAt = s.Confirmation.Action, a.now()
	return nil
}
