package auth

import (
	"context"
	"net/http"
)

// Client returns an http.Client that calls an API on behalf of the person who
// is signed in with the request: it sends their access token along (RFC 6750
// section 2.1), refreshed where it is about to expire. It follows no redirect,
// which could carry the token elsewhere. Its errors are this package's, inside
// a url.Error.
func (a *Auth) Client(ctx context.Context) *http.Client {
	return newClient(&bearer{auth: a, live: visitOf(ctx).live, next: a.apis})
}

// bearer adds the access token to a request.
type bearer struct {
	auth *Auth
	live *live
	next http.RoundTripper
}

func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.live == nil {
		return nil, problem(SessionEnded, "", "nobody is signed in")
	}
	token, err := b.auth.accessToken(r.Context(), b.live)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(r)
}
