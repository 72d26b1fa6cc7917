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
	active := requestFrom(ctx).active
	return oidc.NewClient(a.bearer(func(context.Context) *activeSession { return active }))
}

// Transport is Client for many people: it sends each request with the access token of the
// person whose session is in the request's context. With it, one httputil.ReverseProxy
// inside of Middleware calls an API for everyone. It removes the cookies of this app from
// the request, because a proxy would pass them on to the API. The proxy must refuse requests
// of other origins (http.CrossOriginProtection, or App.Middleware of package handlers):
// browsers send the session cookie with a form of a sibling host too.
func (a *Auth) Transport() http.RoundTripper {
	bearer := a.bearer(func(ctx context.Context) *activeSession { return requestFrom(ctx).active })
	bearer.Cookies = func(lines []string) []string { return a.cookies.Others(cookiePrefix, lines) }
	return bearer
}

func (a *Auth) bearer(session func(context.Context) *activeSession) *oidc.Bearer {
	return &oidc.Bearer{
		Next:  a.apis,
		Token: func(ctx context.Context) (string, error) { return a.accessToken(ctx, session(ctx)) },
		Replace: func(ctx context.Context, rejected string) (string, error) {
			return a.replaceToken(ctx, session(ctx), rejected)
		},
	}
}

// accessToken returns the session's access token, refreshed if that is due. If the
// refresh fails, a token that has not expired is still used.
func (a *Auth) accessToken(ctx context.Context, active *activeSession) (string, error) {
	if active == nil {
		return "", errorf(SessionEnded, "", "nobody is signed in")
	}
	r, err := active.record()
	if err != nil {
		return "", err
	}
	if !r.RefreshDue(a.now()) {
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
	case err != nil && !reported(err):
		a.log.Warn("access token rejected by an API, and not refreshed", "provider", active.Provider, "error", err)
	}
	return "", nil
}
