package auth

import (
	"context"
	"slices"
)

// maxSID is the longest sid that is looked up, in bytes.
const maxSID = 255

// FrontChannelLogout ends the sessions that belong to one of the provider's
// own, as a frame on the provider's page asks for (OpenID Connect Front-Channel
// Logout 1.0 section 3). Nothing proves that the provider is behind it but the
// sid, which a stranger can neither know nor guess: so it can end a session,
// and nothing else. It is not remembered, as a back-channel logout is: each
// guess of a stranger would cost a record. What does not fit ends nothing, and
// is no error, for whoever asks must not learn what fits.
func (a *Auth) FrontChannelLogout(ctx context.Context, providerID, issuer, sid string) error {
	p, err := a.provider(providerID)
	if err != nil {
		return err
	}
	if !p.FrontChannelLogout {
		return p.errorf(UnknownProvider, "its front-channel logout is not switched on")
	}
	// The forms, and not the one that discovery found: a stranger's request must
	// not make us ask the provider.
	if !slices.Contains(p.issuers, issuer) || sid == "" || len(sid) > maxSID {
		return nil
	}
	ctx = context.WithoutCancel(withRequest(ctx, new(request)))
	return a.endAll(ctx, a.store.sidIndex(forSession, p.ID, sid), keepNone)
}
