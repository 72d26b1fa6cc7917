package record

import (
	"cmp"
	"time"

	"latchkey/auth/internal/oidc"
)

// RefreshDue reports whether a tenth of the access token's life is left, or one
// minute. A token that does not expire is never due.
func (f *Summary) RefreshDue(now time.Time) bool {
	if f.TokenExpiresAt.IsZero() {
		return false
	}
	ahead := min(f.TokenExpiresAt.Sub(f.TokenIssuedAt)/10, time.Minute)
	return !now.Before(f.TokenExpiresAt.Add(-ahead))
}

// Revocable returns the token to revoke at the end of a session, and its token_type_hint
// (RFC 7009 section 2.1).
func (r *Details) Revocable() (token, hint string) {
	if r.RefreshToken != "" {
		return r.RefreshToken, "refresh_token"
	}
	return r.AccessToken, "access_token"
}

// SetTokens sets the tokens of a response of the token endpoint. What it lacks stays.
func (r *Record) SetTokens(t *oidc.Tokens) {
	r.AccessToken, r.TokenIssuedAt, r.TokenExpiresAt = t.Access, t.Issued, t.Expires
	r.IDToken, r.RefreshToken, r.Scope = cmp.Or(t.ID, r.IDToken), cmp.Or(t.Refresh, r.RefreshToken), cmp.Or(t.Scope, r.Scope)
}

// CopyTokens copies the tokens of another record.
func (r *Record) CopyTokens(fresh *Record) {
	r.IDToken, r.AccessToken, r.RefreshToken, r.Scope = fresh.IDToken, fresh.AccessToken, fresh.RefreshToken, fresh.Scope
	r.TokenIssuedAt, r.TokenExpiresAt = fresh.TokenIssuedAt, fresh.TokenExpiresAt
}
