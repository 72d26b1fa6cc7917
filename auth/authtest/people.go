package authtest

import (
	"maps"
	"slices"
)

// Password is the password of [Ada] and [Grace]. The login page shows it.
const Password = "latchkey"

// Person is a user who can sign in at the provider.
type Person struct {
	Subject    string // the sub claim
	Username   string // for the login page
	Password   string
	GivenName  string
	FamilyName string
	Email      string
	Picture    string         // a URL; optional
	Groups     []string       // the groups claim, always an array
	Claims     map[string]any // added to the others, or replacing them
}

// The people who can sign in, unless [WithPeople] replaces them.
var (
	Ada = Person{
		Subject:    "3f0c5a52-6a2e-4c1b-9d0e-0b8f5a1e1815",
		Username:   "ada",
		Password:   Password,
		GivenName:  "Ada",
		FamilyName: "Lovelace",
		Email:      "ada@example.com",
		Groups:     []string{"analysts", "poets"},
	}
	Grace = Person{
		Subject:    "9c6d2e7b-41f8-4f0a-8a55-7d3c1b2e1906",
		Username:   "grace",
		Password:   Password,
		GivenName:  "Grace",
		FamilyName: "Hopper",
		Email:      "grace@example.com",
		Groups:     []string{"compilers"},
	}
)

// Name returns the full name: the name claim.
func (p Person) Name() string { return p.GivenName + " " + p.FamilyName }

// claims returns the claims that scopes request (OpenID Connect Core section 5.4).
func (p Person) claims(scopes []string) map[string]any {
	c := map[string]any{"sub": p.Subject}
	if slices.Contains(scopes, "profile") {
		maps.Copy(c, map[string]any{
			"name": p.Name(), "given_name": p.GivenName, "family_name": p.FamilyName,
			"preferred_username": p.Username, "username": p.Username,
		})
		if p.Picture != "" {
			c["picture"] = p.Picture
		}
		if len(p.Groups) > 0 {
			c["groups"] = slices.Clone(p.Groups) // an edit may change it
		}
	}
	if slices.Contains(scopes, "email") && p.Email != "" {
		c["email"], c["email_verified"] = p.Email, true
	}
	maps.Copy(c, p.Claims)
	return c
}

// person returns the person with a subject or a user name.
func (p *Provider) person(name string) (Person, bool) {
	for _, who := range p.people {
		if who.Subject == name || who.Username == name {
			return who, true
		}
	}
	return Person{}, false
}
