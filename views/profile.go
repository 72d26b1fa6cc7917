package views

// provider is the name of the person's provider.
func (p Profile) provider() string {
	if p.Person == nil || p.Person.Provider == "" {
		return "your provider"
	}
	return p.Person.Provider
}

// about has the provider first, and its current name for the person last.
func (p Profile) about() []ClaimRow {
	list := append([]ClaimRow{{Label: "Signed in with", Values: []string{p.provider()}}}, p.About...)
	if p.NameAtProvider != "" {
		list = append(list, ClaimRow{Label: "Name at " + p.provider(), Values: []string{p.NameAtProvider}})
	}
	return list
}
