// Package record is what the store keeps of a session: its fields, their limits, and
// their stored format.
package record

import (
	"time"

	"latchkey/auth/internal/oidc"
)

// Record is what the store keeps of a session, in two parts that are sealed separately.
type Record struct {
	Summary
	Details
}

// Summary is the part of a record that every request opens.
type Summary struct {
	// times
	StartedAt      time.Time // when the person signed in, by our clock
	LastSeen       time.Time // last activity, to the minute
	Deadline       time.Time // absolute end
	TokenExpiresAt time.Time // of the access token; zero if the provider did not say
	TokenIssuedAt  time.Time // when we received the access token
	AuthTime       time.Time // when the person authenticated at the provider; zero if it did not say
	ConfirmedAt    time.Time // of ConfirmedAction
	AdmittedAt     time.Time // when the Admit hook was last called

	// strings
	Provider        string // id
	Subject         string // sub
	SID             string // sid: the ID of the provider's session; may be empty
	Issuer          string // iss
	Name            string
	Email           string
	Picture         string
	Scope           string // granted; space-separated
	PublicID        string // identifies the session where the token must not be shown
	Values          string // JSON object: the values of the Admit hook
	Agent           string // User-Agent of the browser that signed in, cut short
	Address         string // network of the client that signed in
	Device          string // the person's name for this device
	ACR             string // acr: how the person authenticated
	ConfirmedAction string // the action that the person confirmed last
	FormToken       string // sealed; see Auth.FormToken
}

// Details is the long part of a record, which few requests open.
type Details struct {
	Claims       string // JSON object: the claims of the ID token and of userinfo
	IDToken      string
	AccessToken  string
	RefreshToken string
	Timeline     string // JSON array: the steps of the sign-in
}

// New returns the record of a sign-in. Everything about the sign-in itself is
// from the ID token; userinfo only adds to what is known about the person.
func New(provider string, tokens *oidc.VerifiedTokens) *Record {
	authTime, _ := tokens.IDToken.Time("auth_time")
	deadline, _ := tokens.IDToken.Time("session_expiry") // IPSIE SL1 OpenID Connect Profile
	r := &Record{
		Summary{
			Provider: provider, Subject: tokens.IDToken.Text("sub"), SID: tokens.IDToken.Text("sid"), Issuer: tokens.IDToken.Text("iss"),
			AuthTime: authTime, Deadline: deadline, ACR: tokens.IDToken.Text("acr"),
		},
		Details{},
	}
	r.SetPerson(tokens.Claims)
	r.SetTokens(tokens.Tokens)
	return r
}

// SetPerson sets what is known about the person.
func (r *Record) SetPerson(claims oidc.Claims) {
	r.Name, r.Email, r.Picture = claims.Name(), oidc.Readable(claims.Text("email")), claims.Picture()
	r.Claims = ToJSON(claims.Personal())
}

// Person identifies the person: a subject of one provider.
func (f *Summary) Person() string { return f.Provider + "\x00" + f.Subject }
