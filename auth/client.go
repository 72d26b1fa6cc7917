package auth

import (
	"context"
	"net/http"

	"latchkey/auth/internal/oidc"
)

// Client returns an http.Client that calls an API with the access token of the
// person who is signed in with the request (RFC 6750 section 2.1). The token is
// refreshed if it is about to expire. If the API rejects it with 401, the token is
// refreshed and the request is sent once more, unless its body cannot be read again
// (http.Request.GetBody). The client follows no redirect, which could send the token
// elsewhere. Its errors are this package's, inside a url.Error.
func (a *Auth) Client(ctx context.Context) *http.Client {
	return oidc.NewClient(&bearer{auth: a, session: requestFrom(ctx).active, next: a.apis})
}

// bearer adds the access token to a request.
type bearer struct {
	auth    *Auth
	session *activeSession
	next    http.RoundTripper
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.session == nil {
		return nil, errorf(SessionEnded, "", "nobody is signed in")
	}
	token, err := b.auth.accessToken(r.Context(), b.session)
	if err != nil {
		return nil, err
	}
	resp, err := b.send(r, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	again, ok := repeated(r)
	if !ok {
		return resp, nil
	}
	token, err = b.auth.replaceToken(r.Context(), b.session, token)
	if token == "" && err == nil {
		return resp, nil
	}
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	return b.send(again, token)
}

func (b *bearer) send(r *http.Request, token string) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(r)
}

// repeated returns a request that can be sent again. It reports false if the body
// was read and cannot be read again.
func repeated(r *http.Request) (*http.Request, bool) {
	again := r.Clone(r.Context())
	if r.Body == nil || r.Body == http.NoBody {
		return again, true
	}
	if r.GetBody == nil {
		return nil, false
	}
	body, err := r.GetBody()
	again.Body = body
	return again, err == nil
}

// accessToken returns the session's access token, refreshed if that is due. If the
// refresh fails, a token that has not expired is still used.
func (a *Auth) accessToken(ctx context.Context, active *activeSession) (string, error) {
	r, err := active.record()
	if err != nil {
		return "", err
	}
	if !r.RefreshDue(a.now()) {
		return r.AccessToken, nil
	}
	if r.RefreshToken == "" && a.now().Before(r.TokenExpiresAt) {
		return r.AccessToken, nil
	}
	fresh, err := a.sharedRefresh(ctx, active.key, "")
	switch {
	case err == nil:
		return fresh.AccessToken, nil
	case a.now().Before(r.TokenExpiresAt) && (CodeOf(err) != SessionEnded || isRefreshRejected(err)):
		return r.AccessToken, nil
	}
	return "", err
}

// replaceToken returns an access token in place of one that an API rejected before it
// expired, or "" if there is none.
func (a *Auth) replaceToken(ctx context.Context, active *activeSession, rejected string) (string, error) {
	r, err := a.sharedRefresh(ctx, active.key, rejected)
	switch {
	case err == nil && r.AccessToken != rejected:
		return r.AccessToken, nil
	case CodeOf(err) == SessionEnded && !isRefreshRejected(err):
		return "", err
	case err != nil && !Reported(err):
		a.log.Warn("access token rejected by an API, and not refreshed", "provider", active.Provider, "error", err)
	}
	return "", nil
}
