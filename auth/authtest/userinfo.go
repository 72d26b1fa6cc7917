package authtest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// userinfo answers the userinfo endpoint (OpenID Connect Core, section 5.3).
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	person, scopes, ok := p.bearer(w, r, "openid")
	if !ok {
		return
	}
	claims := person.claims(scopes)
	p.knobs.edit(claims, func(m *misbehaviour) edit { return m.userinfo })
	writeJSON(w, http.StatusOK, claims)
}

// bearer returns whose access token a request carries, if it was granted the scope,
// and answers where it was not (RFC 6750, section 3).
func (p *Provider) bearer(w http.ResponseWriter, r *http.Request, scope string) (Person, []string, bool) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	t, ok := p.storage.accessToken(p.op.Crypto(), token)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		return Person{}, nil, false
	}
	if !slices.Contains(t.scopes, scope) {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+scope+`"`)
		w.WriteHeader(http.StatusForbidden)
		return Person{}, nil, false
	}
	person, ok := p.storage.person(t.request.subject)
	return person, t.scopes, ok
}

// accessToken returns a token that is still good. What op hands to clients is its id
// and the subject, encrypted.
func (s *storage) accessToken(crypto op.Crypto, token string) (access, bool) {
	plain, err := crypto.Decrypt(token)
	if err != nil {
		return access{}, false
	}
	id, _, _ := strings.Cut(plain, ":")
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[id]
	if !ok || t.revoked || time.Now().After(t.expiry) {
		return access{}, false
	}
	return *t, true
}
