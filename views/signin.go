package views

// invitation is what a provider's button says. One provider needs no name on
// it: the words below the button tell where it leads.
func (s SignIn) invitation(d Door) string {
	invitation := "Sign in"
	if len(s.Doors) > 1 {
		invitation = "Continue with " + d.Name
	}
	if s.Another {
		invitation += " as someone else"
	}
	return invitation
}

// offer invites to sign in.
func (s SignIn) offer() string {
	switch len(s.Doors) {
	case 0:
		return "No sign-in provider is set up yet."
	case 1:
		return "Use your " + s.Doors[0].Name + " account."
	default:
		return "Choose how to sign in."
	}
}

// explanation tells what pressing a button does.
func (s SignIn) explanation() string {
	if s.Beside {
		return "Opens in a small window."
	}
	if len(s.Doors) == 1 {
		return "You'll sign in at " + s.Doors[0].Name + ". We never see your password."
	}
	return "You'll sign in there. We never see your password."
}
