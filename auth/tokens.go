package auth

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// refresh asks the token endpoint for new tokens (RFC 6749 section 6), and
// returns a copy of the record that has them. The code SessionEnded means that
// the provider has taken the refresh token back. zitadel's RefreshTokens does
// not hold the new ID token against the old one.
func (p *provider) refresh(ctx context.Context, r *record) (*record, error) {
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {r.RefreshToken}}
	answer, err := p.askTokens(ctx, party, form, r.RefreshToken)
	if err != nil {
		return nil, err
	}
	fresh := *r
	fresh.take(answer, p.now())
	if answer.IDToken == "" {
		return &fresh, nil
	}
	c, err := p.verifyRefreshed(ctx, party, answer)
	if err == nil {
		err = sameSignIn(r.IDToken, c)
	}
	if err != nil {
		return nil, p.tokenFailed(err)
	}
	fresh.IDToken = answer.IDToken
	return &fresh, nil
}

// tokenAnswer is the token endpoint's answer (RFC 6749 section 5.1).
type tokenAnswer struct {
	AccessToken  string      `json:"access_token"`
	RefreshToken string      `json:"refresh_token"`
	IDToken      string      `json:"id_token"`
	Scope        string      `json:"scope"`
	ExpiresIn    json.Number `json:"expires_in"`
	Error        string      `json:"error"`
	Description  string      `json:"error_description"`
}

// life is how long the access token lives; 0: the provider does not say.
func (t *tokenAnswer) life() time.Duration {
	seconds, err := strconv.ParseFloat(t.ExpiresIn.String(), 64)
	if err != nil || seconds < 0 || seconds > 1e9 {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

func (p *provider) askTokens(ctx context.Context, party *relyingParty, form url.Values, secret string) (*tokenAnswer, error) {
	resp, err := p.post(ctx, party, party.TokenEndpoint, form)
	if err != nil {
		return nil, p.callFailed("token endpoint", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, p.callFailed("token endpoint", err)
	}
	var answer tokenAnswer
	err = json.Unmarshal(body, &answer)
	switch {
	case answer.Error == "invalid_grant":
		return nil, p.problem(SessionEnded, "the provider no longer accepts the refresh token (%s)", p.sanitize(answer.Description, secret))
	case resp.StatusCode != http.StatusOK || err != nil || answer.AccessToken == "":
		return nil, p.refused("token endpoint", resp.StatusCode, answer.Error, answer.Description, secret, p.ClientSecret)
	}
	return &answer, nil
}

// take sets what a refresh brings; what it does not bring stays.
func (r *record) take(answer *tokenAnswer, now time.Time) {
	r.AccessToken, r.TokenIssued, r.TokenExpires = answer.AccessToken, now, time.Time{}
	if life := answer.life(); life > 0 {
		r.TokenExpires = now.Add(life)
	}
	if answer.RefreshToken != "" {
		r.RefreshToken = answer.RefreshToken
	}
	if answer.Scope != "" {
		r.Scope = answer.Scope
	}
}

// verifyRefreshed verifies the ID token of a refresh. It should have no nonce,
// and may have the old one (Core 12.2): sameSignIn compares.
func (p *provider) verifyRefreshed(ctx context.Context, party *relyingParty, answer *tokenAnswer) (claims, error) {
	t, err := p.read(answer.IDToken)
	if err != nil {
		return nil, err
	}
	return p.verifyIDToken(ctx, party, answer.IDToken, t.text("nonce"), answer.AccessToken)
}

// scopes splits what was granted.
func (f *front) scopes() []string { return strings.Fields(f.Scope) }
