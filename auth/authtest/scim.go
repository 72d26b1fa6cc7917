package authtest

import (
	"encoding/json"
	"net/http"
)

// scim returns the user's own SCIM resource (RFC 7644, section 3.11) for an access token
// with the scope internal_login.
func (p *Provider) scim(w http.ResponseWriter, r *http.Request) {
	person, _, ok := p.bearer(w, r, "internal_login")
	if !ok {
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	_ = json.NewEncoder(w).Encode(person.scim()) // fails only if the client disconnected
}

func (p Person) scim() map[string]any {
	groups := make([]map[string]string, len(p.Groups))
	for i, g := range p.Groups {
		groups[i] = map[string]string{"display": g, "value": g}
	}
	return map[string]any{
		"schemas":  []string{"urn:ietf:params:scim:schemas:core:2.0:User"},
		"id":       p.Subject,
		"userName": p.Username,
		"name":     map[string]string{"givenName": p.GivenName, "familyName": p.FamilyName},
		"emails":   []string{p.Email},
		"groups":   groups,
		"meta":     map[string]string{"resourceType": "User"},
	}
}
