package views

// buttonText is what a provider's button says. One provider needs no name on
// it: the words below the button tell where it leads.
func (s SignIn) buttonText(d ProviderButton) string {
	invitation := "Sign in"
	if len(s.Buttons) > 1 {
		invitation = "Continue with " + d.Name
	}
	if s.Another {
		invitation += " as someone else"
	}
	return invitation
}

// lead invites to sign in.
func (s SignIn) lead() string {
	switch len(s.Buttons) {
	case 0:
		return "No sign-in provider is set up yet."
	case 1:
		return "Use your " + s.Buttons[0].Name + " account."
	default:
		return "Choose how to sign in."
	}
}

// explanation tells what pressing a button does.
func (s SignIn) explanation() string {
	if s.InPopup {
		return "Opens in a small window."
	}
	if len(s.Buttons) == 1 {
		return "You'll sign in at " + s.Buttons[0].Name + ". We never see your password."
	}
	return "You'll sign in there. We never see your password."
}
