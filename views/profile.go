package views

// about has the provider first, and its current name for the person last.
func (p Profile) about() []ClaimRow {
	list := append([]ClaimRow{{Label: "Signed in with", Values: []string{p.Person.Provider}}}, p.About...)
	if p.NameAtProvider != "" {
		list = append(list, ClaimRow{Label: "Name at " + p.Person.Provider, Values: []string{p.NameAtProvider}})
	}
	return list
}
