// Package views renders plain structs as HTML: one .templ file for each page, with its
// fragments. It does no I/O and reads no clock.
package views

import (
	"time"

	"github.com/a-h/templ"
)

// Page is what every page shows around its own content.
type Page struct {
	*Site
	Person *Person // who is signed in, if anyone
	Notice *Notice // what has just happened, if anything
}

// Site is what all pages of an app have in common.
type Site struct {
	Brand  Brand
	Assets Assets
	Words  *Words // nil means ours
	Home   string // path of the home page

	SessionURL  string // says who is signed in, as JSON
	SignedInURL string // where the sign-in in a popup ends
	SignOutURL  string // where a Sign Out form posts
	EventsURL   string // the event stream about a person's session

	shell shell
}

// Assets are the URLs of the files that every page loads.
type Assets struct {
	Style, Script, Icon string

	Dialog    string // the style sheet of Head
	Integrity string // of the script, for Head
}

// Notice says once what has just happened.
type Notice struct {
	Good bool // something succeeded; otherwise neutral
	Text string

	SignedOut bool // the person has just signed out
}

// Person is who is signed in.
type Person struct {
	Name       string
	Email      string // optional
	Picture    string // https URL; optional
	Provider   string // its display name, as "Asgardeo"
	ProfileURL string
	FormToken  string // sent by every form that acts for them

	ID        string        // provider and subject: the same for the same person only
	Remaining time.Duration // until the session ends without activity
}

// SignIn is the card with a button for each provider.
type SignIn struct {
	Buttons        []ProviderButton
	CallbackURL    string // local path to return to; optional
	LoginHint      string // who is likely to sign in; optional
	Another        bool   // sign in as someone else: the provider asks who
	OfferAnother   bool   // offer to use another account
	Organization   string // to sign in to; optional
	WithoutHintURL string // the same page without the two above
	CanonicalURL   string // the same page on our origin, if the browser opened it on another
	Origin         string // ours
	InPopup        bool   // sign in in a popup, so that the page stays
}

// ProviderButton is one provider to sign in with.
type ProviderButton struct {
	Name     string // as "Asgardeo"
	URL      string // where its form posts
	LastUsed bool   // in this browser
	Warning  string // why it may not work at present; optional
	SignUp   bool   // offer to create an account
}

// Profile is the page at /profile.
type Profile struct {
	Page
	Sessions Sessions
	About    []ClaimRow // username, groups, …
	Claims   []ClaimRow // from the provider
	Steps    []Step     // of the sign-in; optional

	NameAtProvider string // current; optional
	Warning        string // why it could not be read; optional
}

// Step is one step of a sign-in.
type Step struct {
	Text    string // what happened, in plain words
	Name    string // the protocol's name
	At      time.Time
	After   string // time since the step before, as "0.2 s"; optional
	Details []Detail
}

// Detail is one parameter, check or time of a step.
type Detail struct {
	Name  string
	Value string // empty if the page must not show it
}

// ClaimRow is a claim about the person.
type ClaimRow struct {
	Label  string   // as "Groups"
	Claim  string   // the protocol's name, as "given_name"
	Values []string // at least one, unless it has a Time
	Time   time.Time
}

// Failure is the error page.
type Failure struct {
	Page
	Heading   string  // what happened, short
	What      string  // what happened, in a sentence or two
	Next      string  // who can fix it, and what to do next; optional
	Reference string  // finds the log line; optional
	SignIn    *SignIn // if signing in again may help
}

// Confirm asks the person to sign in again before a sensitive action.
type Confirm struct {
	Page
	Text     string // what requires it
	URL      string // where its form posts
	Provider string // its display name
	Action   string // what to confirm
	PageURL  string // the page with the action's button

	Sent templ.Component // the form that they sent, to send it again; optional
}
