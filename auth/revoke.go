package auth

import (
	"context"
	"net/http"
	"net/url"
)

// revoke has the tokens of a session that has ended revoked at the provider
// (RFC 7009): best effort, and behind the request, so that nobody waits for it.
// A refresh token takes the access tokens of its grant along (section 2.1);
// without one, the access token is revoked itself. WSO2's providers, Asgardeo
// among them, may give one token to all of a person's sessions: the last of these
// takes it along.
func (a *Auth) revoke(ctx context.Context, r *record) {
	p, ok := a.byID[r.Provider]
	token, hint := r.revocable()
	if !ok || !p.issued(&r.summary) || token == "" {
		return
	}
	a.background(ctx, outgoingLimit, func(ctx context.Context) {
		shared, err := a.sharesToken(ctx, r)
		switch {
		case shared:
			p.log.Debug("a token is not revoked, since another session of the person has it too", "kind", hint)
			return
		case err == nil:
			err = p.revoke(ctx, token, hint)
		}
		if err != nil {
			p.log.Warn("a token could not be revoked; it lives on until it expires", "kind", hint, "error", quotable(err))
		}
	})
}

// revocable returns the token to revoke at the end of a session, and its
// token_type_hint (RFC 7009 section 2.1).
func (r *details) revocable() (token, hint string) {
	if r.RefreshToken != "" {
		return r.RefreshToken, "refresh_token"
	}
	return r.AccessToken, "access_token"
}

// sharesToken reports whether a session of the same person has the token that would be
// revoked for one that has ended.
func (a *Auth) sharesToken(ctx context.Context, ended *record) (bool, error) {
	sessions, err := a.store.list(ctx, forSession, a.store.subjectIndex(forSession, ended.Provider, ended.Subject))
	token, _ := ended.revocable()
	for _, s := range sessions { // one at a time: a list has no tokens, and all of them may be long
		r, _, failure := a.readRecord(ctx, s.key)
		if failure == nil && (r.RefreshToken == token || r.AccessToken == token) {
			return true, nil
		}
		if codeOf(failure) == StoreUnavailable {
			err = failure
		}
	}
	return false, err
}

func (p *provider) revoke(ctx context.Context, token, hint string) error {
	party, err := p.relyingParty(ctx)
	if err != nil || party.RevocationEndpoint == "" {
		return err
	}
	form := url.Values{"token": {token}, "token_type_hint": {hint}}
	answer, err := p.postForm(ctx, party, "revocation endpoint", party.RevocationEndpoint, form, token)
	if err != nil {
		return err
	}
	if answer.status != http.StatusOK {
		return p.endpointError(party, answer)
	}
	return nil
}
