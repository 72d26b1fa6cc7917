package auth

import (
	"context"
	"fmt"
	"strings"
)

// Admit is a hook that decides who may sign in: see Config.Admit.
type Admit = func(ctx context.Context, session *Session) error

// AdmitAll calls hooks in order, and returns the first error.
func AdmitAll(hooks ...Admit) Admit {
	return func(ctx context.Context, session *Session) error {
		for _, hook := range hooks {
			if err := hook(ctx, session); err != nil {
				return err
			}
		}
		return nil
	}
}

// EmailDomain admits people whose e-mail address the provider has verified and is in one
// of the domains. A subdomain is another domain.
func EmailDomain(domains ...string) Admit {
	return func(_ context.Context, session *Session) error {
		_, domain, found := strings.Cut(session.User.Email, "@")
		if verified := session.Claims()["email_verified"]; verified != true && verified != "true" { // some providers write it as a string
			return Refuse("Your e-mail address has not been verified. Verify it with your provider, then sign in again.")
		}
		for _, allowed := range domains {
			if found && strings.EqualFold(domain, strings.TrimPrefix(allowed, "@")) {
				return nil
			}
		}
		return Refuse(fmt.Sprintf("Only people with an e-mail address in %s can sign in.", strings.Join(domains, ", ")))
	}
}
