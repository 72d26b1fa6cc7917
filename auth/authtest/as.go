package authtest

import (
	"net/http"
	"testing"

	"latchkey/auth/internal/testonly"
)

// AuthSession is an *auth.Session. (It is an interface because package auth's own
// tests import this package.)
type AuthSession interface {
	Claims() map[string]any
	InGroup(provider, name string) bool
}

// As returns the request as one of a signed-in user: auth.FromContext finds this
// session, with or without Middleware. It takes no provider and no store.
// The session has the claims given, which may be nil; groups are one of them.
//
// The actions of auth.Auth, such as SignOut, have no stored session to act on, and
// treat the request as signed out: test them with [SignInTo]. As panics in a program
// that is not a test.
func As(r *http.Request, s AuthSession, claims map[string]any) *http.Request {
	if !testing.Testing() {
		panic("authtest: As was called outside of a test")
	}
	return r.WithContext(testonly.WithSession(r.Context(), s, claims))
}
