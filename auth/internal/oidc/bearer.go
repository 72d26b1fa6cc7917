package oidc

import (
	"context"
	"net/http"
)

// Bearer adds an access token to requests (RFC 6750 section 2.1). A request that is
// rejected with 401 is sent once more with a new token, unless its body cannot be read
// again (http.Request.GetBody).
type Bearer struct {
	Next http.RoundTripper
	// Cookies returns the lines of the Cookie header to send; nil leaves them as they are.
	Cookies func(lines []string) []string
	Token   func(context.Context) (string, error)
	// Replace returns a token in place of a rejected one, or "" if there is none.
	Replace func(_ context.Context, rejected string) (string, error)
}

// RoundTrip implements http.RoundTripper.
func (b *Bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := b.Token(r.Context())
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	resp, err := b.send(r, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	hasBody := r.Body != nil && r.Body != http.NoBody
	if hasBody && r.GetBody == nil {
		return resp, nil
	}
	token, err = b.Replace(r.Context(), token)
	if token == "" && err == nil {
		return resp, nil
	}
	resp.Body.Close()
	r = r.Clone(r.Context())
	if hasBody && err == nil {
		r.Body, err = r.GetBody()
	}
	if err != nil {
		return nil, err
	}
	return b.send(r, token)
}

func (b *Bearer) send(r *http.Request, token string) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	if b.Cookies != nil {
		r.Header["Cookie"] = b.Cookies(r.Header["Cookie"])
	}
	return b.Next.RoundTrip(r)
}
