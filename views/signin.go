package views

// invitation is what a provider's button says. One provider needs no name on
// it: the words below the button tell where it leads.
func (s SignIn) invitation(d Door) string {
	invitation := "Sign in"
	if len(s.Doors) > 1 {
		invitation += " with " + d.Name
	}
	if s.Another {
		invitation += " as somebody else"
	}
	return invitation
}

// offer invites to sign in, where nothing else on the page does.
func (s SignIn) offer() string {
	switch len(s.Doors) {
	case 0:
		return "There is no provider to sign in with yet."
	case 1:
		return "Sign in with your " + s.Doors[0].Name + " account."
	default:
		return "Choose where you have an account."
	}
}

// explanation tells what pressing a button does.
func (s SignIn) explanation() string {
	if s.Beside {
		return "It opens a window beside this page, which stays as it is."
	}
	if len(s.Doors) == 1 {
		return "You go to " + s.Doors[0].Name + " and come back. Your password stays there."
	}
	return "You go there and come back. Your password stays there."
}
