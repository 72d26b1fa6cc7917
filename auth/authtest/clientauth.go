package authtest

import (
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// authenticates reports whether a request is a POST in which the client authenticates
// itself in the way it is registered for, and answers where it is not. Whether it does
// so rightly is left to op.
func (p *Provider) authenticates(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "invalid_request", "POST is the only way")
		return false
	}
	id, method := presented(r)
	c, ok := p.storage.client(id)
	if !ok || c.AuthMethod == "" || c.AuthMethod == method {
		return true
	}
	refuse(w, http.StatusUnauthorized, "invalid_client", "the client is registered for "+c.AuthMethod)
	return false
}

// presented returns which client a request says it is from, and how it
// authenticates itself (OpenID Connect Core, section 9).
func presented(r *http.Request) (id, method string) {
	if id, _, ok := r.BasicAuth(); ok {
		return id, "client_secret_basic"
	}
	if assertion := r.PostFormValue("client_assertion"); assertion != "" {
		issuer, _ := decodePayload(assertion)["iss"].(string)
		return issuer, "private_key_jwt"
	}
	if r.PostFormValue("client_secret") != "" {
		return r.PostFormValue("client_id"), "client_secret_post"
	}
	return r.PostFormValue("client_id"), "none"
}

// authenticated returns the client that a request proves to be from.
func (p *Provider) authenticated(r *http.Request) (string, error) {
	id, proven, err := op.ClientIDFromRequest(r, p.op)
	if err != nil || proven {
		return id, err
	}
	return id, op.AuthorizeClientIDSecret(r.Context(), id, r.PostForm.Get("client_secret"), p.storage)
}
