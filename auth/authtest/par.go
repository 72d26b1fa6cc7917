package authtest

import (
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

const pushedLifetime = time.Minute

type pushedRequest struct {
	client string
	params url.Values
	expiry time.Time
}

// push serves the pushed authorization request endpoint (RFC 9126 section 2), which op
// does not have.
func (p *Provider) push(w http.ResponseWriter, r *http.Request) {
	if !p.checkAuthMethod(w, r) {
		return
	}
	client, authenticated, err := op.ClientIDFromRequest(r, p.op)
	if err == nil && !authenticated {
		err = op.AuthorizeClientIDSecret(r.Context(), client, r.PostForm.Get("client_secret"), p.storage)
	}
	if err != nil {
		writeError(w, http.StatusUnauthorized, "invalid_client", "the client's credentials are wrong")
		return
	}
	if id := r.PostForm.Get("client_id"); r.PostForm.Has("request_uri") || id != "" && id != client {
		writeError(w, http.StatusBadRequest, "invalid_request", "a pushed request must not contain request_uri or another client_id")
		return
	}
	params := maps.Clone(r.PostForm)
	for _, credential := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		params.Del(credential)
	}
	params.Set("client_id", client)
	uri := "urn:ietf:params:oauth:request_uri:" + rand.Text()
	p.storage.mu.Lock()
	p.storage.pushed[uri] = pushedRequest{client, params, p.time().Add(pushedLifetime)}
	p.storage.mu.Unlock()
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": int(pushedLifetime.Seconds())}, nil)
}

// expandPushed replaces a request_uri by the pushed request, once (RFC 9126 section 4).
// The problem is for the error page, and empty if there is none.
func (p *Provider) expandPushed(r *http.Request) (problem string) {
	if err := r.ParseForm(); err != nil {
		return "The request is malformed."
	}
	uri := r.Form.Get("request_uri")
	if uri == "" {
		return ""
	}
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	pushed, ok := p.storage.pushed[uri]
	delete(p.storage.pushed, uri)
	if !ok || p.time().After(pushed.expiry) || pushed.client != r.Form.Get("client_id") {
		return "The pushed request is unknown, used or expired."
	}
	r.Form = pushed.params
	return ""
}
