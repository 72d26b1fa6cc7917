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
func (s SignIn) buttonText(w *Words, d ProviderButton) string {
	switch {
	case len(s.Buttons) == 1 && s.Another:
		return w.SignInAsAnother
	case len(s.Buttons) == 1:
		return w.SignIn
	case s.Another:
		return WithProvider(w.ContinueAsAnother, d.Name)
	}
	return WithProvider(w.ContinueWith, d.Name)
}

// lead introduces the buttons.
func (s SignIn) lead(w *Words) string {
	if len(s.Buttons) == 1 {
		return WithProvider(w.OneProvider, s.Buttons[0].Name)
	}
	return w.SeveralProviders
}

// explanation says what a button does.
func (s SignIn) explanation(w *Words) string {
	if s.InPopup {
		return w.OpensWindow
	}
	if len(s.Buttons) == 1 {
		return WithProvider(w.SignInAt, s.Buttons[0].Name)
	}
	return w.SignInThere
}
