package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
)

func TestEmailDomain(t *testing.T) {
	t.Parallel()
	verified := map[string]any{"email_verified": true}
	for _, c := range []struct {
		name   string
		email  string
		claims map[string]any
		admits bool
	}{
		{"in the domain", "ada@example.com", verified, true},
		{"in another one of them", "ada@example.org", verified, true},
		{"in capitals", "Ada@EXAMPLE.com", verified, true},
		{"verified, as a string", "ada@example.com", map[string]any{"email_verified": "true"}, true},
		{"not verified", "ada@example.com", map[string]any{"email_verified": false}, false},
		{"not said to be verified", "ada@example.com", nil, false},
		{"no address", "", verified, false},
		{"no @", "example.com", verified, false},
		{"another domain", "ada@evil.example", verified, false},
		{"a subdomain", "ada@sub.example.com", verified, false},
		{"a longer domain", "ada@notexample.com", verified, false},
		{"the domain as a part", "ada@example.com.evil.example", verified, false},
		{"a quoted local part", `"x@example.com"@evil.example`, verified, false},
		{"two addresses", "ada@evil.example@example.com", verified, false},
	} {
		session := signedIn(t, auth.Session{User: auth.User{Subject: "1", Email: c.email}}, c.claims)
		err := auth.EmailDomain("@example.com", "example.org")(t.Context(), session)
		if (err == nil) != c.admits || (err != nil && auth.CodeOf(err) != auth.Refused) {
			t.Errorf("%s: got error %v, want admitted: %v", c.name, err, c.admits)
		}
	}
}

// signedIn returns a session with claims.
func signedIn(tb testing.TB, session auth.Session, claims map[string]any) *auth.Session {
	tb.Helper()
	r := authtest.As(httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/", nil), &session, claims)
	found, err := auth.FromContext(r.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

func TestAdmitAllReturnsTheFirstError(t *testing.T) {
	t.Parallel()
	var called []string
	hook := func(name string, err error) func(context.Context, *auth.Session) error {
		return func(context.Context, *auth.Session) error {
			called = append(called, name)
			return err
		}
	}
	refusal := errors.New("no")
	if err := auth.AdmitAll(hook("first", nil), hook("second", refusal), hook("third", nil))(t.Context(), &auth.Session{}); err != refusal || len(called) != 2 {
		t.Errorf("got error %v after %q, want the second one's", err, called)
	}
	if err := auth.AdmitAll()(t.Context(), &auth.Session{}); err != nil {
		t.Errorf("without hooks: got error %v, want none", err)
	}
}
