package auth

import (
	"context"
	"net/http"
	"net/url"
)

// revoke has a session's refresh token revoked at the provider (RFC 7009):
// best effort, and behind the request, so that nobody waits for it.
func (a *Auth) revoke(ctx context.Context, r *record) {
	p, ok := a.byID[r.Provider]
	if !ok || r.RefreshToken == "" {
		return
	}
	a.behind(ctx, outgoingLimit, func(ctx context.Context) {
		if err := p.revoke(ctx, r.RefreshToken); err != nil {
			p.log.Warn("a refresh token could not be revoked; it lives on until it expires", "error", err)
		}
	})
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
