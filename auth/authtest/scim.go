package authtest

import (
	"encoding/json"
	"net/http"
)

// scim answers /scim2/Me (RFC 7644, section 3.11) to whoever was granted the scope
// internal_login: GET reads, PATCH changes the given and the family name.
func (p *Provider) scim(w http.ResponseWriter, r *http.Request) {
	person, _, ok := p.bearer(w, r, "internal_login")
	if !ok {
		return
	}
	switch r.Method {
	case http.MethodGet:
	case http.MethodPatch:
		var change patch
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&change); err != nil {
			http.Error(w, "not a SCIM patch: "+err.Error(), http.StatusBadRequest)
			return
		}
		person = p.storage.rename(person, change)
	default:
		w.Header().Set("Allow", "GET, PATCH")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	_ = json.NewEncoder(w).Encode(person.scim()) // the client is gone
}

// patch is a SCIM PatchOp (RFC 7644, section 3.5.2): either with a path to one value,
// or with an object of several.
type patch struct {
	Operations []struct {
		Op    string          `json:"op"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	} `json:"Operations"`
}

func (s *storage) rename(person Person, change patch) Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	person = s.people[person.Subject]
	for _, o := range change.Operations {
		switch o.Path {
		case "name.givenName":
			_ = json.Unmarshal(o.Value, &person.GivenName) // what is no string changes nothing
		case "name.familyName":
			_ = json.Unmarshal(o.Value, &person.FamilyName)
		case "name":
			person.setNames(o.Value)
		case "":
			var value struct{ Name json.RawMessage }
			_ = json.Unmarshal(o.Value, &value)
			person.setNames(value.Name)
		}
	}
	s.people[person.Subject] = person
	return person
}

func (p *Person) setNames(raw json.RawMessage) {
	names := struct{ GivenName, FamilyName string }{p.GivenName, p.FamilyName}
	if json.Unmarshal(raw, &names) == nil {
		p.GivenName, p.FamilyName = names.GivenName, names.FamilyName
	}
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
