package auth

import (
	"context"
	"net/http"

	"latchkey/auth/internal/oidc"
)

// Client returns an http.Client that calls an API on behalf of the person who
// is signed in with the request: it sends their access token along (RFC 6750
// section 2.1), refreshed where it is about to expire. Where the API refuses the
// token with 401, it is refreshed and the request repeated, once, if its body can
// be had again (http.Request.GetBody). It follows no redirect, which could carry
// the token elsewhere. Its errors are this package's, inside a url.Error.
func (a *Auth) Client(ctx context.Context) *http.Client {
	return oidc.NewClient(&bearer{auth: a, live: requestFrom(ctx).active, next: a.apis})
}

// bearer adds the access token to a request.
type bearer struct {
	auth *Auth
	live *activeSession
	next http.RoundTripper
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.live == nil {
		return nil, errorf(SessionEnded, "", "nobody is signed in")
	}
	token, err := b.auth.accessToken(r.Context(), b.live)
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
	token, err = b.auth.replaceToken(r.Context(), b.live, token)
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

// repeated returns the request as it can be sent once more; false where its body
// is read already and cannot be had again.
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
