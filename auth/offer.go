package auth

import "errors"

// Offer is a provider to sign in with, as things stand.
type Offer struct {
	ID      string
	Name    string // for people
	Trouble Code   // why signing in will likely fail at present; empty: it should work
}

// Offers returns the providers in their configured order. It waits for none of
// them: where it is time to ask one (again), that goes on behind the request,
// so that a provider that comes back is noticed.
func (a *Auth) Offers() []Offer {
	offers := make([]Offer, len(a.providers))
	for i, p := range a.providers {
		_, failure, due := p.state()
		if due {
			p.discover()
		}
		offers[i] = Offer{ID: p.ID, Name: p.Name, Trouble: codeOf(failure)}
	}
	return offers
}

func codeOf(err error) Code {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}
