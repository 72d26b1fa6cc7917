// Package views turns plain structs into HTML: one .templ file for each page,
// with its fragments inside it. It does no I/O, reads no clock and knows no
// package but assets.
package views

import "time"

// Page is what every page shows around its own content.
type Page struct {
	Title  string  // for the tab; empty: the page has words of its own
	Person *Person // who is signed in; nil: nobody
	Notice *Notice // what has just happened; nil: nothing to tell
	Home   string  // path of the home page

	SessionURL  string // tells who is signed in, as JSON
	SignedInURL string // where a sign-in in a window of its own ends
}

// FormRedirect is a page that only leads on, where a redirect cannot.
type FormRedirect struct {
	Page
	URL  string
	Form []Field // to be posted to URL; nil: it is only opened
}

// Notice tells the person, once, what has just happened.
type Notice struct {
	Good bool // something succeeded; false: neutral (nothing is wrong either)
	Text string

	Confirmed bool // the person has confirmed an action: the script sends the form that the address names
}

// Person is who is signed in.
type Person struct {
	Name       string
	Email      string // may be empty
	Picture    string // https URL; empty: show initials
	Provider   string // the provider's name for people, as "Asgardeo"
	SignOutURL string // where the Sign Out form posts
	ProfileURL string
	FormToken  string // sealed: whose page it is; every form that acts for them sends it along

	ID        string        // provider and subject: the same for the same person only
	EventsURL string        // the stream that tells of the session's end
	Remaining time.Duration // until it ends, if the person does nothing more
}

// SignIn is the card with a button for each provider.
type SignIn struct {
	Buttons      []ProviderButton
	CallbackURL  string // local path to come back to; empty: none
	LoginHint    string // who is likely to sign in; empty: not known
	Another      bool   // to sign in as somebody else: the provider is to ask who
	Organization string // to sign in to; empty: none
	WayOut       string // URL of the same page without the two above
	Elsewhere    string // URL of the same page where signing in works; empty: here
	Origin       string // where that is
	InPopup      bool   // sign in in a window beside the page, which stays
}

// ProviderButton is one provider to sign in with.
type ProviderButton struct {
	Name     string // for people, as "Asgardeo"
	URL      string // where its form posts
	LastUsed bool   // in this browser
	Warning  string // why it may not work just now, in words; empty: it works
	SignUp   bool   // offer to make an account on the way
	Register string // URL of the provider's own page to make an account; empty: none
}

// Home is the page at /.
type Home struct {
	Page
	SignIn SignIn // shown when Page.Person is nil
}

// SignInPage stands in the place of a protected page for someone signed out.
type SignInPage struct {
	Page
	SignIn SignIn
}

// Profile is the page at /profile.
type Profile struct {
	Page
	Sessions Sessions
	Facts    []ClaimRow // what people know themselves by: user name, groups, …
	Claims   []ClaimRow // everything that the provider sent
	Steps    []Step     // how the person was signed in; nil: not known

	NameAtProvider string // as the provider keeps it now; empty: not granted, or not kept there
	Warning        string // why it could not be read; empty: it could, or was not asked for
}

// Step is one step of a sign-in.
type Step struct {
	Words string    // what happened, in plain words
	Name  string    // the protocol's name
	At    time.Time // when
	After string    // how long after the step before, as "0.2 s"; empty for the first, and for none to speak of
	Facts []Detail
}

// Detail is one parameter, check or time of a step.
type Detail struct {
	Name  string
	Value string // empty: it was there, or held; secrets are never shown
}

// ClaimRow is one thing known about the person.
type ClaimRow struct {
	Label  string   // in words, as "Groups"
	Claim  string   // the protocol's name, as "given_name"
	Values []string // at least one, or none beside a Time
	Time   time.Time
}

// Failure is what a person reads when something went wrong.
type Failure struct {
	Page
	Heading   string  // what happened, short
	What      string  // what happened, in a sentence or two
	Next      string  // who can mend it, and what to do now
	Reference string  // finds the log line; empty: none was logged
	SignIn    *SignIn // offered where signing in again may help; nil: not
}

// Confirm asks the person to prove again that it is them.
type Confirm struct {
	Page
	Words       string // what needs the proof
	URL         string // where its form posts
	Provider    string // who asks them, for people
	Action      string // what the proof is for; goes with the form
	CallbackURL string // the page with the action's button
}

// Group is the example of a page for members of a group.
type Group struct {
	Page
	Name string
}
