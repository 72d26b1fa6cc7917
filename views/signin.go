package views

// invitation is what a provider's button says. One provider needs no name on
// it: the words below the button tell where it leads.
func (s SignIn) invitation(d Door) string {
	if len(s.Doors) == 1 {
		return "Sign in"
	}
	return "Sign in with " + d.Name
}

// explanation tells what pressing the button does.
func (s SignIn) explanation() string {
	if len(s.Doors) == 1 {
		return "You sign in at " + s.Doors[0].Name + ", then come back here."
	}
	return "You sign in at the one you choose, then come back here."
}
