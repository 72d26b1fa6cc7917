package oidc

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// VerifyLogoutToken verifies a logout token (OpenID Connect Back-Channel Logout 1.0
// section 2.6), and returns its claims. Its signature comes last: a forged token
// whose claims are wrong causes no request to the provider. If the provider's keys are not
// available, the error is of the kind Unavailable, so that the provider sends the token again.
func (p *Provider) VerifyLogoutToken(ctx context.Context, raw string) (Claims, error) {
	t, err := p.parseToken(raw)
	if err == nil {
		err = cmp.Or(checkLogoutType(raw), p.checkLogoutTimes(t.Claims), checkLogoutClaims(t.Claims))
	}
	if err != nil {
		return nil, p.errorf(InvalidLogoutToken, "%w", err)
	}
	party, err := p.relyingParty(ctx)
	if err != nil {
		return nil, p.errorf(Unavailable, "%w", err)
	}
	err = party.verify(ctx, &t, rateLimited{party.keys})
	var keys *keysError
	switch {
	case err == nil:
		return t.Claims, nil
	case errors.As(err, &keys), unreachable(err):
		return nil, p.errorf(Unavailable, "%w", err)
	}
	return nil, p.errorf(InvalidLogoutToken, "%w", err)
}

// logoutTypes are the valid values of a logout token's typ header (section 2.4, and
// RFC 7515 section 4.1.9 for the prefix and the case). A token of another type is
// meant for something else (RFC 8725 section 3.11).
var logoutTypes = []string{"jwt", "logout+jwt"}

func checkLogoutType(raw string) error {
	header := headerOf(raw)
	_, present := header["typ"]
	typ := strings.TrimPrefix(strings.ToLower(header.Text("typ")), "application/")
	return require(!present || slices.Contains(logoutTypes, typ), "typ")
}

// checkLogoutClaims is steps 4 to 7 of section 2.6.
func checkLogoutClaims(c Claims) error {
	events, _ := c["events"].(map[string]any)
	_, isLogout := events[logoutEvent].(map[string]any)
	_, hasNonce := c["nonce"]
	return cmp.Or(
		require(c.Text("sub") != "" || c.Text("sid") != "", "sub or sid"),
		require(isLogout, "events"),
		require(!hasNonce, "nonce"),
		require(c.Text("jti") != "" && len(c.Text("jti")) <= 255, "jti"),
	)
}

// checkLogoutTimes is step 2 of section 2.6. The token must expire soon, because its
// jti is stored until then.
func (p *Provider) checkLogoutTimes(c Claims) error {
	expires, _ := c.Time("exp")
	if err := p.checkTimes(c); err != nil {
		return err
	}
	return require(expires.Sub(p.Now()) <= 24*time.Hour, "exp")
}
