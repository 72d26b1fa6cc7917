// Package testonly is how package authtest gives a test's request a session that
// package auth then finds. It is internal so that no app can forge a session.
package testonly

import "context"

type sessionKey struct{}

type session struct {
	value  any // an *auth.Session, which this package cannot name without a cycle
	claims map[string]any
}

// WithSession returns a context in which auth.FromContext finds a session.
func WithSession(ctx context.Context, value any, claims map[string]any) context.Context {
	return context.WithValue(ctx, sessionKey{}, session{value, claims})
}

// Session returns what WithSession has added to a context.
func Session(ctx context.Context) (value any, claims map[string]any) {
	s, _ := ctx.Value(sessionKey{}).(session)
	return s.value, s.claims
}
