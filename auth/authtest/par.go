package authtest

import (
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// pushLife is how long a pushed request may wait for its browser.
const pushLife = time.Minute

type pushedRequest struct {
	client string
	params url.Values
	expiry time.Time
}

// push answers the pushed authorization request endpoint (RFC 9126, section 2), which
// op does not have.
func (p *Provider) push(w http.ResponseWriter, r *http.Request) {
	if !p.authenticates(w, r) {
		return
	}
	client, err := p.authenticated(r)
	if err != nil {
		refuse(w, http.StatusUnauthorized, "invalid_client", "the client could not be authenticated")
		return
	}
	if id := r.PostForm.Get("client_id"); r.PostForm.Has("request_uri") || id != "" && id != client {
		refuse(w, http.StatusBadRequest, "invalid_request", "request_uri, or another client_id, in a pushed request")
		return
	}
	uri := p.storage.keep(client, r.PostForm)
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": int(pushLife.Seconds())})
}

func (s *storage) keep(client string, form url.Values) string {
	params := maps.Clone(form)
	for _, credential := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		params.Del(credential)
	}
	params.Set("client_id", client)
	uri := "urn:ietf:params:oauth:request_uri:" + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushed[uri] = pushedRequest{client: client, params: params, expiry: time.Now().Add(pushLife)}
	return uri
}

// expand puts a pushed request in the place of the request_uri that stands for it, once
// (RFC 9126, section 4).
func (p *Provider) expand(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errors.New("the request cannot be read")
	}
	uri := r.Form.Get("request_uri")
	if uri == "" && p.settings.pushedOnly {
		return errors.New("authorization requests must be pushed")
	}
	if uri == "" {
		return nil
	}
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	pushed, ok := p.storage.pushed[uri]
	delete(p.storage.pushed, uri)
	if !ok || time.Now().After(pushed.expiry) || pushed.client != r.Form.Get("client_id") {
		return errors.New("the pushed request is unknown, used or too old")
	}
	r.Form = pushed.params
	return nil
}
