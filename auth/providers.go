package auth

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"time"
)

const (
	lastCookie = "latchkey.provider" // the provider used last; no secret, and believed only as far as it orders a list
	lastLife   = 365 * 24 * time.Hour
)

// ProviderStatus is a provider to sign in with, as things stand.
type ProviderStatus struct {
	ID          string
	Name        string // for people
	LastUsed    bool   // whether this browser signed in there last
	Unavailable Code   // why signing in will likely fail at present; empty: it should work
	SignUp      bool   // whether the provider lets people make an account on the way (prompt=create)
	Register    string // URL of the provider's own page to make an account; empty: none is known
}

// Providers returns the providers in their configured order, but the one that this
// browser used last comes first. It waits for none of them: where it is time
// to ask one (again), that goes on behind the request, so that a provider that
// comes back is noticed.
func (a *Auth) Providers(ctx context.Context) []ProviderStatus {
	offers := make([]ProviderStatus, len(a.providers))
	last, _ := requestFrom(ctx).cookie(a.cookieName(lastCookie))
	for i, p := range a.providers {
		offers[i] = p.status()
		offers[i].LastUsed = p.ID == last
	}
	slices.SortStableFunc(offers, func(x, y ProviderStatus) int {
		switch last {
		case x.ID:
			return -1
		case y.ID:
			return 1
		}
		return 0
	})
	return offers
}

func (p *provider) status() ProviderStatus {
	known, failure, due := p.state()
	if due {
		p.discover()
	}
	o := ProviderStatus{ID: p.ID, Name: p.Name, Unavailable: codeOf(failure)}
	if known != nil {
		o.SignUp = slices.Contains(known.Prompts, "create")
		o.Register = asgardeoRegister(known.Issuer, p.ClientID)
	}
	return o
}

// selectAccountPrompt is the prompt with which the provider asks who signs in, though
// somebody is signed in there (Core 3.1.2.1).
func (party *relyingParty) selectAccountPrompt() string {
	if slices.Contains(party.Prompts, "select_account") {
		return "select_account"
	}
	return "login"
}

// authParams are the parameters for what the person asked for: prompt=create
// (Initiating User Registration 1.0 section 4) where the provider lists it,
// login_hint (Core 3.1.2.1), and Asgardeo's organisation sign-in.
func (party *relyingParty) authParams(asked SignInRequest) map[string]string {
	wishes := map[string]string{}
	if asked.Another {
		wishes["prompt"] = party.selectAccountPrompt()
	}
	if asked.SignUp && slices.Contains(party.Prompts, "create") {
		wishes["prompt"] = "create"
	}
	if asked.LoginHint != "" && len(asked.LoginHint) <= 255 {
		wishes["login_hint"] = asked.LoginHint
	}
	if asked.Organization != "" && len(asked.Organization) <= 255 {
		wishes["fidp"] = "OrganizationSSO"
		wishes["org"] = asked.Organization
	}
	return wishes
}

// asgardeoIssuer is the form of Asgardeo's issuers; the first group is the
// organisation.
var asgardeoIssuer = regexp.MustCompile(`^https://api\.asgardeo\.io/t/([A-Za-z0-9._-]+)/oauth2/token$`)

// asgardeoRegister is Asgardeo's page to make an account, which its metadata
// does not name.
func asgardeoRegister(issuer, clientID string) string {
	organisation := asgardeoIssuer.FindStringSubmatch(issuer)
	if organisation == nil {
		return ""
	}
	return "https://accounts.asgardeo.io/t/" + organisation[1] + "/accountrecoveryendpoint/register.do?" +
		url.Values{"client_id": {clientID}, "sp": {clientID}}.Encode()
}

func codeOf(err error) Code {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	return ""
}
