package authtest

import "slices"

// Password is the password of [Ada] and [Grace]. The login page shows it.
const Password = "latchkey"

// Person is someone who can sign in at the provider.
type Person struct {
	Subject    string // the sub claim, stable and opaque
	Username   string // typed into the login page
	Password   string
	GivenName  string
	FamilyName string
	Email      string
	Picture    string         // a URL, or empty
	Groups     []string       // the groups claim, always an array
	Claims     map[string]any // added last, over the others
}

// The people a provider knows unless [WithPeople] says otherwise.
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

// Name returns the full name, as the name claim has it.
func (p Person) Name() string { return p.GivenName + " " + p.FamilyName }

// claims returns what the scopes allow a client to know (OpenID Connect Core,
// section 5.4).
func (p Person) claims(scopes []string) map[string]any {
	c := map[string]any{"sub": p.Subject}
	if slices.Contains(scopes, "profile") {
		p.profile(c)
	}
	if slices.Contains(scopes, "email") && p.Email != "" {
		c["email"], c["email_verified"] = p.Email, true
	}
	for name, value := range p.Claims {
		c[name] = value
	}
	return c
}

func (p Person) profile(c map[string]any) {
	c["name"] = p.Name()
	c["given_name"] = p.GivenName
	c["family_name"] = p.FamilyName
	c["preferred_username"] = p.Username
	c["username"] = p.Username
	if p.Picture != "" {
		c["picture"] = p.Picture
	}
	if len(p.Groups) > 0 {
		c["groups"] = slices.Clone(p.Groups) // an edit may change it
	}
}

func (s *storage) person(subject string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.people[subject]
	return p, ok
}

// authenticate returns whose user name and password these are.
func (s *storage) authenticate(username, password string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.people {
		if p.Username == username && p.Password == password {
			return p, true
		}
	}
	return Person{}, false
}
