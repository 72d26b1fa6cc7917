package views

// provider names who vouched for the person.
func (p Profile) provider() string {
	if p.Person == nil || p.Person.Provider == "" {
		return "your provider"
	}
	return p.Person.Provider
}
