package auth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
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

// post sends a form to one of the provider's endpoints, with our client
// authentication (OpenID Connect Core section 9).
func (p *provider) post(ctx context.Context, party *relyingParty, endpoint string, form url.Values) (*http.Response, error) {
	inParams := authStyle(party.metadata) == oauth2.AuthStyleInParams
	if inParams {
		form.Set("client_id", p.ClientID)
		form.Set("client_secret", p.ClientSecret)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", endpoint, err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !inParams {
		r.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(p.ClientSecret)) // RFC 6749 section 2.3.1
	}
	return p.client.Do(r)
}
