package doctor

import (
	"context"
	"net/http"
	"time"

	"latchkey/auth/internal/oidc"
)

// clientAuthentication redeems a code that does not exist: invalid_grant means that the
// provider has accepted our client authentication. Some providers look at the code
// first. So the same request with a wrong secret must be refused; otherwise the
// revocation endpoint is asked in the same way.
func (p *provider) clientAuthentication(ctx context.Context) []Check {
	const name = "client authentication"
	answer, err := p.RedeemUnknownCode(ctx)
	switch {
	case err != nil:
		return failure(name, "the token endpoint", err)
	case isClientError(answer):
		return []Check{p.clientRefused(name, answer)}
	case answer.Code == "unauthorized_client", answer.Code == "unsupported_grant_type":
		return []Check{failed(name, p.remedy("Allow the authorization code grant for this client", "Allow the grant type Code on the Protocol tab"),
			"accepted, but this client must not redeem codes: %s", answer.Description)}
	case answer.Status >= http.StatusInternalServerError, answer.Status == http.StatusTooManyRequests:
		return []Check{warning(name, "Run this again later", "unknown: the token endpoint answers %d %s", answer.Status, answer.Description)}
	}
	return []Check{p.compareSecret(ctx, name, answer)}
}

// compareSecret reports whether the provider refuses a wrong secret or key.
func (p *provider) compareSecret(ctx context.Context, name string, redeemed *oidc.ClientResponse) Check {
	wrong := p.WithWrongCredentials()
	if control, err := wrong.RedeemUnknownCode(ctx); err == nil && isClientError(control) {
		return passed(name, "accepted by %s", redeemed.AuthMethod)
	}
	revoked, err := p.RevokeUnknownToken(ctx)
	if err == nil && revoked != nil && isClientError(revoked) {
		return p.clientRefused(name, revoked)
	}
	if err == nil && revoked != nil {
		if control, err := wrong.RevokeUnknownToken(ctx); err == nil && isClientError(control) {
			return passed(name, "accepted by %s at the revocation endpoint", revoked.AuthMethod)
		}
	}
	return warning(name, "Sign in once by hand", "unknown: the provider answers the same to wrong credentials: %d %s", redeemed.Status, redeemed.Description)
}

func isClientError(answer *oidc.ClientResponse) bool {
	return answer.Code == "invalid_client" || answer.Status == http.StatusUnauthorized
}

func (p *provider) clientRefused(name string, answer *oidc.ClientResponse) Check {
	what, remedy := p.Credentials(answer.AuthMethod)
	remedy = p.remedy(remedy+". If they are right, set "+p.Variable("AUTH_METHOD")+" to the method that the provider has for this client",
		remedy+". If they are right, compare "+p.Variable("AUTH_METHOD")+" with Client Authentication on the Protocol tab")
	return failed(name, remedy, "the provider does not accept our %s by %s: %d %s", what, answer.AuthMethod, answer.Status, answer.Description)
}

func (p *provider) keys(ctx context.Context) []Check {
	const name = "keys"
	count, err := p.CountKeys(ctx)
	switch {
	case err != nil:
		return failure(name, "jwks_uri", err)
	case count == 0:
		return []Check{failed(name, "Publish a signing key at the provider: RSA of 2048 to 4096 bits, or EC, for an algorithm that the provider announces",
			"the provider publishes none at its jwks_uri that can verify an ID token")}
	}
	return []Check{passed(name, "%d can verify ID tokens", count)}
}

// smallOffset is a difference between two clocks that is not yet a problem.
const smallOffset = 10 * time.Second

func (p *provider) clock(ctx context.Context) []Check {
	const name = "clock"
	const remedy = "Set this machine's clock by NTP, or the provider's if that is the wrong one"
	offset, ok, err := p.ClockOffset(ctx)
	distance := offset.Abs().Round(time.Second)
	direction := "ahead of ours"
	if offset < 0 {
		direction = "behind ours"
	}
	switch {
	case err != nil:
		return failure(name, "the discovery document", err)
	case !ok:
		return []Check{passed(name, "unknown: the provider sends no date")}
	case distance > oidc.IssuedLeeway:
		return []Check{failed(name, remedy, "the provider's clock is %s %s, so its tokens are rejected", distance, direction)}
	case distance > smallOffset:
		return []Check{warning(name, remedy, "the provider's clock is %s %s; sign-ins fail from %s", distance, direction, oidc.IssuedLeeway)}
	}
	return []Check{passed(name, "agrees with the provider's")}
}
