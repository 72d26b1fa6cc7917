package auth

import "time"

// record is what the store keeps of a session, in two halves that are sealed
// apart (see halves.go). Tokens live here and nowhere else: no exported type
// holds one.
type record struct {
	summary
	details
}

// summary is the half of a record that every page opens.
type summary struct {
	// times
	StartedAt      time.Time // when the person signed in, by our clock
	LastSeen       time.Time // last activity, to the minute
	Deadline       time.Time // absolute end
	TokenExpiresAt time.Time // of the access token; zero: the provider did not say
	TokenIssuedAt  time.Time // when we were given the access token
	AuthTime       time.Time // when the person proved to the provider that it is them; zero: not said
	ConfirmedAt    time.Time // when Grant was given

	// strings
	Provider        string // id
	Subject         string // sub
	SID             string // sid, the provider's name for its own session; may be empty
	Issuer          string // iss
	Name            string
	Email           string
	Picture         string
	Scope           string // granted; space-separated
	PublicID        string // addresses the session where the token must not
	Values          string // JSON object: what the app keeps
	Agent           string // User-Agent of the browser that signed in, cut short
	Address         string // client address of the sign-in, shortened
	Device          string // what the person calls this device
	ACR             string // how they proved it (acr)
	ConfirmedAction string // the action that a confirmation was for
	FormToken       string // whose the session is, sealed for its pages (owner.go)
}

// details is the half that is long, and that few requests need.
type details struct {
	Claims       string // JSON object: what the provider sent, ID token and userinfo merged
	IDToken      string
	AccessToken  string
	RefreshToken string
	Timeline     string // JSON array: how the person was signed in
}

// The order of these lists is the format (codec.go). To add a field, append it:
// an older record then has less, which reads as empty, and an older replica
// skips what it does not know. Anything else needs a new codecVersion.
func (f *summary) times() []*time.Time {
	return []*time.Time{&f.StartedAt, &f.LastSeen, &f.Deadline, &f.TokenExpiresAt, &f.TokenIssuedAt, &f.AuthTime, &f.ConfirmedAt}
}

func (f *summary) strings() []*string {
	return []*string{
		&f.Provider, &f.Subject, &f.SID, &f.Issuer, &f.Name, &f.Email, &f.Picture, &f.Scope,
		&f.PublicID, &f.Values, &f.Agent, &f.Address, &f.Device, &f.ACR, &f.ConfirmedAction, &f.FormToken,
	}
}

func (r *details) strings() []*string {
	return []*string{&r.Claims, &r.IDToken, &r.AccessToken, &r.RefreshToken, &r.Timeline}
}
