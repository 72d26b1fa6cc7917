package auth

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
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
	l, err := current(ctx)
	if err != nil {
		return err
	}
	r := l.front
	granted := r.Grant == c.Action && a.now().Before(r.Granted.Add(grantLife))
	if !granted || !r.proves(c, r.Granted) {
		return problem(ConfirmationRequired, r.Provider, "the action %q needs a fresh sign-in", c.Action)
	}
	return nil
}

// proves reports whether a sign-in fulfils a confirmation, judged at a time.
func (f *front) proves(c Confirmation, at time.Time) bool {
	age := at.Sub(f.AuthTime)
	fresh := !f.AuthTime.IsZero() && age <= c.MaxAge+issuedLeeway && age >= -issuedLeeway
	return fresh && (len(c.ACR) == 0 || slices.Contains(c.ACR, f.ACR))
}

// confirming is the part of a sign-in under way that confirms a session.
type confirming struct {
	Confirmation
	Session string // the public ID of the session that asked
}

// confirmingOf binds a confirmation to the session that asks for it; nil for
// none.
func confirmingOf(v *visit, c *Confirmation) (*confirming, error) {
	if c == nil {
		return nil, nil
	}
	if v.live == nil && v.err == nil {
		return nil, problem(SessionEnded, "", "nobody is signed in who could confirm anything")
	}
	if v.err != nil {
		return nil, v.err
	}
	return &confirming{Confirmation: *c, Session: v.live.PublicID}, nil
}

// confirms checks that a sign-in which was begun as a confirmation is one: of
// the session that asked, by the same person, and as fresh as was asked for.
// Where it is not, the session stays as it is.
func (a *Auth) confirms(v *visit, s *signIn, r *record) error {
	if s.Confirming == nil {
		return nil
	}
	switch l := v.live; {
	case l == nil || l.PublicID != s.Confirming.Session:
		return s.problem(SessionEnded, "the session that asked for a confirmation has ended")
	case l.Provider != r.Provider || l.Subject != r.Subject:
		return s.problem(WrongPerson, "the confirmation is somebody else's")
	case !r.proves(s.Confirming.Confirmation, a.now()):
		return s.problem(NotConfirmed, "auth_time or acr in the ID token do not say what was asked for")
	}
	r.Grant, r.Granted = s.Confirming.Action, a.now()
	return nil
}

// parameters adds to an authorization request what a confirmation asks for. By
// prompt=login the provider asks the person even where it knows them.
func (c *confirming) parameters() map[string]string {
	if c == nil {
		return nil
	}
	p := map[string]string{"prompt": "login", "max_age": strconv.Itoa(int(c.MaxAge.Seconds()))}
	if len(c.ACR) > 0 {
		p["acr_values"] = strings.Join(c.ACR, " ")
	}
	return p
}
