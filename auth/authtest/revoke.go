package authtest

import (
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// revoke answers the revocation endpoint (RFC 7009).
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	if !p.authenticates(w, r) {
		return
	}
	token := r.PostFormValue("token")
	answer := httptest.NewRecorder()
	op.Revoke(answer, r, p.op)
	if answer.Code == http.StatusOK {
		p.storage.mu.Lock()
		p.storage.revoked = append(p.storage.revoked, token)
		p.storage.mu.Unlock()
	}
	relay(w, answer)
}

// Revoked returns the tokens that clients have had revoked, in order, access tokens
// and refresh tokens alike, known ones and unknown.
func (p *Provider) Revoked() []string {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	return slices.Clone(p.storage.revoked)
}
