package oidc

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// Tokens is a response of the token endpoint (RFC 6749 section 5.1).
type Tokens struct {
	Access, Refresh, ID string    // Refresh and ID may be empty
	Scope               string    // granted, separated by spaces; empty if it is the requested one
	Issued              time.Time // by our clock
	Expires             time.Time // of the access token; zero if unknown
}

// VerifiedTokens are the tokens of a sign-in.
type VerifiedTokens struct {
	*Tokens
	IDToken Claims // verified
	Claims  Claims // IDToken, with the personal claims that userinfo adds
}

// Exchange exchanges the code of an authorization response for tokens (Core 3.1.3.1,
// RFC 7636 section 4.5), and verifies them.
func (p *Provider) Exchange(ctx context.Context, code, verifier, nonce string) (*VerifiedTokens, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	sent := p.Now()
	answer, err := p.redeem(ctx, party, code, verifier)
	if err != nil {
		return nil, err
	}
	t, err := p.parseTokenResponse(party, answer)
	if err != nil {
		return nil, err
	}
	traceFrom(ctx).GotTokens(TokenEvent{t, party.Text("token_endpoint"), string(p.authMethod(party.metadata)), p.Now().Sub(sent), p.Scopes})
	idToken, err := p.verifyWithRetry(ctx, party, t, nonce)
	if err != nil {
		return nil, err
	}
	if t.Scope == "" {
		t.Scope = strings.Join(p.Scopes, " ") // RFC 6749 section 5.1
	}
	all, err := p.withUserinfo(ctx, party, idToken, t.Scope, t.Access)
	if err != nil {
		return nil, err
	}
	return &VerifiedTokens{t, idToken, all}, nil
}

// redeem sends a code to the token endpoint.
func (p *Provider) redeem(ctx context.Context, party *relyingParty, code, verifier string) (*formResponse, error) {
	return p.postForm(ctx, party, endpointToken, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.RedirectURI}, "code_verifier": {verifier},
	}, code, verifier)
}

// parseTokenResponse reads a response of the token endpoint. Only the access token
// and its type decide whether it is a success.
func (p *Provider) parseTokenResponse(party *relyingParty, answer *formResponse) (*Tokens, error) {
	access, succeeded := answer.Text("access_token"), answer.status/100 == 2
	switch kind := answer.Text("token_type"); {
	case succeeded && answer.broken != nil:
		return nil, p.errorf(Fault, "%s: %w", answer.endpoint, answer.broken)
	case succeeded && access == "" && answer.Text("error") == "":
		return nil, p.errorf(Fault, "%s: the response has no access_token", answer.endpoint)
	case !succeeded || access == "":
		return nil, p.endpointError(party, answer)
	case kind != "" && !strings.EqualFold(kind, oidc.BearerToken): // Core 3.1.3.3
		return nil, p.errorf(Fault, "%s: the token_type is not Bearer, and no other is supported", answer.endpoint)
	}
	t := &Tokens{Access: access, Refresh: answer.Text("refresh_token"), ID: answer.Text("id_token"), Issued: p.Now()}
	scopes, _ := answer.List("scope") // a string, or with some providers a list
	t.Scope = strings.Join(scopes, " ")
	if life, ok := answer.seconds("expires_in"); ok {
		t.Expires = t.Issued.Add(life)
	}
	return t, nil
}

// seconds reads a number of seconds, which may be a string. Zero and values out of
// range mean that it is unknown.
func (c Claims) seconds(name string) (time.Duration, bool) {
	seconds, ok := c[name].(float64)
	if text, isText := c[name].(string); isText {
		parsed, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		seconds, ok = parsed, err == nil
	}
	if !ok || seconds == 0 || !(math.Abs(seconds) <= 1e9) {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

// Refresh requests new tokens (RFC 6749 section 6), which VerifyRefreshed verifies:
// a new refresh token must be stored first. The kind InvalidGrant means that the
// refresh token is revoked or expired, and RefreshRejected that this request fails
// for another reason, and would fail again.
func (p *Provider) Refresh(ctx context.Context, refreshToken string) (*Tokens, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	answer, err := p.postForm(ctx, party, endpointToken, form, refreshToken)
	if err != nil {
		return nil, err
	}
	switch {
	case answer.Text("error") == "invalid_grant":
		return nil, p.errorf(InvalidGrant, "the provider no longer accepts the refresh token (%s)", answer.description)
	case answer.rejectsRefresh():
		return nil, p.errorf(RefreshRejected, "the provider rejects the refresh request (%d %s)", answer.status, answer.description)
	}
	return p.parseTokenResponse(party, answer)
}

// rejectsRefresh reports whether the same refresh request would be rejected again:
// the error is about the request (RFC 6749 section 5.2), not about our credentials,
// which the operator can correct, and not temporary.
func (f *formResponse) rejectsRefresh() bool {
	code := f.Text("error")
	other := []string{"", "invalid_client", "temporarily_unavailable", "server_error", "slow_down"}
	return (f.status == http.StatusBadRequest || f.status == http.StatusForbidden) && !slices.Contains(other, code)
}

// VerifyRefreshed verifies the ID token of a refresh, if there is one, and compares
// it with the one that it replaces (Core 12.2).
func (p *Provider) VerifyRefreshed(ctx context.Context, t *Tokens, oldIDToken string) error {
	if t.ID == "" {
		return nil
	}
	party, err := p.relyingParty(ctx)
	if err != nil {
		return err
	}
	unverified, err := p.parseToken(t.ID)
	if err != nil {
		return p.wrap(kindOf(err), err)
	}
	// The nonce should be absent, and may be the old one (Core 12.2): sameSignIn compares.
	refreshed, err := p.verifyWithRetry(ctx, party, t, unverified.Text("nonce"))
	if err != nil {
		return err
	}
	return p.wrap(Fault, sameSignIn(oldIDToken, refreshed))
}

// keyRetry is how soon a token is verified again if the keys cannot be fetched: the
// code or the refresh token that it cost cannot be used again.
const (
	keyRetry    = 200 * time.Millisecond
	maxKeyRetry = 800 * time.Millisecond
)

// verifyWithRetry verifies an ID token, and retries for a moment while the keys
// cannot be fetched.
func (p *Provider) verifyWithRetry(ctx context.Context, party *relyingParty, t *Tokens, nonce string) (Claims, error) {
	for wait := keyRetry; ; wait *= 2 {
		c, err := p.verifyIDToken(ctx, party, t.ID, nonce, t.Access)
		if err == nil {
			return c, nil
		}
		err = p.wrap(kindOf(err), err)
		if kindOf(err) != Unavailable || wait > maxKeyRetry {
			return nil, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// Revoke revokes a token (RFC 7009), if the provider has an endpoint for it.
func (p *Provider) Revoke(ctx context.Context, token, hint string) error {
	party, err := p.relyingParty(ctx)
	if err != nil || party.Text("revocation_endpoint") == "" {
		return err
	}
	answer, err := p.revoke(ctx, party, token, hint)
	if err != nil {
		return err
	}
	if answer.status != http.StatusOK {
		return p.endpointError(party, answer)
	}
	return nil
}

func (p *Provider) revoke(ctx context.Context, party *relyingParty, token, hint string) (*formResponse, error) {
	form := url.Values{"token": {token}, "token_type_hint": {hint}}
	return p.postForm(ctx, party, endpointRevocation, form, token)
}
