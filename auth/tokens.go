package auth

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

const tokenEndpoint = "token endpoint" // as errors name it

// tokenResponse is what the token endpoint has given us (RFC 6749 section 5.1).
type tokenResponse struct {
	Access, Refresh, ID string    // Refresh and ID may be empty
	Scope               string    // granted, separated by spaces; empty: as asked for
	Issued              time.Time // by our clock
	Expires             time.Time // of the access token; zero: the provider does not say
}

// parseTokenResponse reads an answer of the token endpoint. Only the access token and its
// type decide whether it is one.
func (p *provider) parseTokenResponse(party *relyingParty, answer *formResponse) (*tokenResponse, error) {
	access, succeeded := answer.text("access_token"), answer.status/100 == 2
	switch kind := answer.text("token_type"); {
	case succeeded && answer.broken != nil:
		return nil, p.errorf(ProviderFault, "%s: %w", answer.endpoint, answer.broken)
	case succeeded && access == "" && answer.text("error") == "":
		return nil, p.errorf(ProviderFault, "%s: the answer has no access_token", answer.endpoint)
	case !succeeded || access == "":
		return nil, p.endpointError(party, answer)
	case kind != "" && !strings.EqualFold(kind, oidc.BearerToken): // Core 3.1.3.3
		return nil, p.errorf(ProviderFault, "%s: the token_type is %s, which we cannot use", answer.endpoint, knownTokenType(kind))
	}
	t := &tokenResponse{Access: access, Refresh: answer.text("refresh_token"), ID: answer.text("id_token"), Issued: p.now()}
	scopes, _ := answer.list("scope") // a string, or a list as some providers have it
	t.Scope = strings.Join(scopes, " ")
	if life, ok := answer.seconds("expires_in"); ok {
		t.Expires = t.Issued.Add(life)
	}
	return t, nil
}

// seconds reads a number of seconds, which may be written as a string. What is no
// number, or 0, or beyond all measure, says nothing.
func (c claims) seconds(name string) (time.Duration, bool) {
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

// setTokenResponse sets what an answer of the token endpoint brings, except for the ID token.
// What it does not bring stays.
func (r *record) setTokenResponse(t *tokenResponse) {
	r.AccessToken, r.TokenIssuedAt, r.TokenExpiresAt = t.Access, t.Issued, t.Expires
	if t.Refresh != "" {
		r.RefreshToken = t.Refresh
	}
	if t.Scope != "" {
		r.Scope = t.Scope
	}
}

// requestRefresh asks the token endpoint for new tokens (RFC 6749 section 6). The code
// SessionEnded means that the provider has taken the refresh token back, and
// errRefreshRejected that it does not take this one for another reason.
func (p *provider) requestRefresh(ctx context.Context, party *relyingParty, refreshToken string) (*tokenResponse, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}
	answer, err := p.postForm(ctx, party, tokenEndpoint, party.TokenEndpoint, form, refreshToken)
	if err != nil {
		return nil, err
	}
	switch {
	case answer.text("error") == "invalid_grant":
		return nil, p.errorf(SessionEnded, "the provider no longer accepts the refresh token (%s)", answer.description)
	case answer.rejectsRefresh():
		return nil, p.errorf(SessionEnded, "%w (%d %s)", errRefreshRejected, answer.status, answer.description)
	}
	return p.parseTokenResponse(party, answer)
}

// rejectsRefresh reports whether the same refresh token would be rejected again:
// an error of this request (RFC 6749 section 5.2), and neither of our credentials,
// which the operator can set right, nor of this moment.
func (f *formResponse) rejectsRefresh() bool {
	code := f.text("error")
	passing := []string{"", "invalid_client", "temporarily_unavailable", "server_error", "slow_down"}
	return (f.status == http.StatusBadRequest || f.status == http.StatusForbidden) && !slices.Contains(passing, code)
}

// keyRetry is how soon a token is verified again where the provider's keys could
// not be had: the code, or the refresh token, that it was given for is used up.
const (
	keyRetry    = 200 * time.Millisecond
	maxKeyRetry = 800 * time.Millisecond
)

// verifyWithRetry verifies the ID token of an answer, and tries again for a moment
// where the provider cannot be asked for its keys.
func (p *provider) verifyWithRetry(ctx context.Context, party *relyingParty, t *tokenResponse, nonce string) (claims, error) {
	for wait := keyRetry; ; wait *= 2 {
		c, err := p.verifyIDToken(ctx, party, t.ID, nonce, t.Access)
		if err == nil {
			return c, nil
		}
		if failureCode(err) != ProviderUnavailable || wait > maxKeyRetry {
			return nil, p.tokenError(err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, p.tokenError(err)
		}
	}
}

// verifyRefreshed checks what a refresh has brought, and returns a copy of the
// record that has it. zitadel's RefreshTokens does not compare the new ID token with
// the old one.
func (p *provider) verifyRefreshed(ctx context.Context, party *relyingParty, r *record, t *tokenResponse) (*record, error) {
	fresh := *r
	fresh.setTokenResponse(t)
	if t.ID == "" {
		return &fresh, nil
	}
	unverified, err := p.parseToken(t.ID)
	if err != nil {
		return nil, p.tokenError(err)
	}
	// It should have no nonce, and may have the old one (Core 12.2): sameSignIn compares.
	c, err := p.verifyWithRetry(ctx, party, t, unverified.text("nonce"))
	if err != nil {
		return nil, err
	}
	if err := sameSignIn(r.IDToken, c); err != nil {
		return nil, p.tokenError(err)
	}
	fresh.IDToken = t.ID
	return &fresh, nil
}

// scopes splits what was granted.
func (f *summary) scopes() []string { return strings.Fields(f.Scope) }
