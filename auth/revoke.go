package auth

import (
	"context"
	"net/http"
	"net/url"
)

// revoke has the refresh token of a session that has ended revoked at the
// provider (RFC 7009): best effort, and behind the request, so that nobody waits
// for it. WSO2's providers, Asgardeo among them, may give one token to all of a
// person's sessions: the last of these takes it along.
func (a *Auth) revoke(ctx context.Context, r *record) {
	p, ok := a.byID[r.Provider]
	if !ok || !p.vouchesFor(&r.front) || r.RefreshToken == "" {
		return
	}
	a.behind(ctx, outgoingLimit, func(ctx context.Context) {
		shared, err := a.shared(ctx, r)
		switch {
		case shared:
			p.log.Debug("a refresh token is not revoked, since another session of the person has it too")
			return
		case err == nil:
			err = p.revoke(ctx, r.RefreshToken)
		}
		if err != nil {
			p.log.Warn("a refresh token could not be revoked; it lives on until it expires", "error", err)
		}
	})
}

// shared reports whether a session of the same person has the same refresh
// token as one that has ended.
func (a *Auth) shared(ctx context.Context, ended *record) (bool, error) {
	sessions, err := a.vault.list(ctx, forSession, subjectIndex(forSession, ended.Provider, ended.Subject))
	for _, s := range sessions {
		if r, ok := decodeRest(a.vault.rest(forSession, s.key, s.sealed)); ok && r.RefreshToken == ended.RefreshToken {
			return true, nil
		}
	}
	return false, err
}

func (p *provider) revoke(ctx context.Context, refreshToken string) error {
	party, err := p.relyingParty(ctx)
	if err != nil || party.RevocationEndpoint == "" {
		return err
	}
	form := url.Values{"token": {refreshToken}, "token_type_hint": {"refresh_token"}}
	resp, err := p.post(ctx, party, party.RevocationEndpoint, form)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return &statusError{party.RevocationEndpoint, resp.StatusCode}
	}
	return nil
}
