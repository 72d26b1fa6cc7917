package authtest

import (
	"net/http"
	"slices"
	"strings"
)

// userinfo serves the userinfo endpoint (OpenID Connect Core section 5.3).
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if person, scopes, ok := p.authorizeBearer(w, r, "openid"); ok {
		writeJSON(w, http.StatusOK, person.claims(scopes), p.current().userinfo)
	}
}

// scim serves the user's own SCIM resource (RFC 7644 section 3.11) for an access token
// with the scope internal_login.
func (p *Provider) scim(w http.ResponseWriter, r *http.Request) {
	person, _, ok := p.authorizeBearer(w, r, "internal_login")
	if !ok {
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	groups := []map[string]string{}
	for _, g := range person.Groups {
		groups = append(groups, map[string]string{"display": g, "value": g})
	}
	w.Header().Set("Content-Type", "application/scim+json")
	writeJSON(w, http.StatusOK, map[string]any{
		"schemas":  []string{"urn:ietf:params:scim:schemas:core:2.0:User"},
		"id":       person.Subject,
		"userName": person.Username,
		"name":     map[string]string{"givenName": person.GivenName, "familyName": person.FamilyName},
		"emails":   []string{person.Email},
		"groups":   groups,
		"meta":     map[string]string{"resourceType": "User"},
	}, nil)
}

// authorizeBearer returns the person of a request's access token if the token has a
// scope, and responds if not (RFC 6750 section 3).
func (p *Provider) authorizeBearer(w http.ResponseWriter, r *http.Request, scope string) (Person, []string, bool) {
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
	person, ok := p.person(t.request.subject)
	return person, t.scopes, ok
}
