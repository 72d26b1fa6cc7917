package views

import "github.com/a-h/templ"

// form returns the sign-in form of a provider.
func (s SignIn) form(d ProviderButton) Form {
	f := Form{URL: d.URL}
	for _, field := range []Field{{"callbackUrl", s.CallbackURL}, {"login_hint", s.LoginHint}, {"organization", s.Organization}} {
		if field.Value != "" {
			f.Hidden = append(f.Hidden, field)
		}
	}
	if s.Another {
		f.Hidden = append(f.Hidden, Field{"another", "1"})
	}
	return f
}

// attributes makes the form open a popup, or replace target.
func (s SignIn) attributes(d ProviderButton, target string) templ.OrderedAttributes {
	if !s.InPopup {
		return s.form(d).swap(target, fade)
	}
	return s.form(d).inPopup()
}

// buttonText is the label of a provider's button. A single provider is named below the
// button instead.
func (s SignIn) buttonText(d ProviderButton) string {
	text := "Sign in"
	if len(s.Buttons) > 1 {
		text = "Continue with " + d.Name
	}
	if s.Another {
		text += " as someone else"
	}
	return text
}

// lead introduces the buttons.
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

// explanation says what a button does.
func (s SignIn) explanation() string {
	if s.InPopup {
		return "Opens in a small window."
	}
	if len(s.Buttons) == 1 {
		return "You'll sign in at " + s.Buttons[0].Name + ". We never see your password."
	}
	return "You'll sign in there. We never see your password."
}
