package views

// provider names who vouched for the person.
func (p Profile) provider() string {
	if p.Person == nil || p.Person.Provider == "" {
		return "your provider"
	}
	return p.Person.Provider
}

// about begins with the provider, and ends with what it keeps by now.
func (p Profile) about() []ClaimRow {
	list := append([]ClaimRow{{Label: "Signed in with", Values: []string{p.provider()}}}, p.Facts...)
	if p.NameAtProvider != "" {
		list = append(list, ClaimRow{Label: "Name at " + p.provider(), Values: []string{p.NameAtProvider}})
	}
	return list
}
