package authtest

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var grantTypes = []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}

// token serves the token endpoint (OpenID Connect Core sections 3.1.3 and 12). It
// changes op's response: the ID token is edited and signed again.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if !p.checkAuthMethod(w, r) {
		return
	}
	if !slices.Contains(grantTypes, oidc.GrantType(r.PostFormValue("grant_type"))) {
		writeError(w, http.StatusBadRequest, "unsupported_grant_type", "the grant type must be authorization_code or refresh_token")
		return
	}
	recorded := httptest.NewRecorder()
	op.Exchange(recorded, r, p.op)
	w.Header().Set("Cache-Control", "no-store")
	var doc map[string]any
	if recorded.Code != http.StatusOK || json.Unmarshal(recorded.Body.Bytes(), &doc) != nil {
		copyResponse(w, recorded)
		return
	}
	c := p.current()
	token, _ := doc["access_token"].(string)
	access, _ := p.storage.accessToken(p.op.Crypto(), token)
	idToken, _ := doc["id_token"].(string)
	claims := decodePayload(idToken)
	if c.signingKey.hash() != crypto.SHA256 {
		delete(claims, "at_hash") // op's is SHA-256 (OpenID Connect Core section 3.1.3.6)
	}
	doc["id_token"] = c.sign("JWT", claims, tokenLifetime, c.idToken)
	doc["expires_in"] = int(tokenLifetime.Seconds())
	doc["scope"] = strings.Join(slices.DeleteFunc(slices.Clone(access.scopes), func(scope string) bool {
		return !slices.Contains(access.request.Scopes, scope) // offline_access, which GetScopes adds
	}), " ")
	writeJSON(w, http.StatusOK, doc, c.tokenResponse)
}

// revoke serves the revocation endpoint (RFC 7009).
func (p *Provider) revoke(w http.ResponseWriter, r *http.Request) {
	if !p.checkAuthMethod(w, r) {
		return
	}
	token := r.PostFormValue("token")
	recorded := httptest.NewRecorder()
	op.Revoke(recorded, r, p.op)
	if recorded.Code == http.StatusOK {
		p.storage.mu.Lock()
		p.storage.revoked = append(p.storage.revoked, token)
		p.storage.mu.Unlock()
	}
	copyResponse(w, recorded)
}

// Revoked returns the tokens that clients have revoked, in order: access tokens and
// refresh tokens, and also unknown ones.
func (p *Provider) Revoked() []string {
	p.storage.mu.Lock()
	defer p.storage.mu.Unlock()
	return slices.Clone(p.storage.revoked)
}
