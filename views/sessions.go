package views

import (
	"cmp"
	"strings"
	"time"
)

// Sessions is the fragment of /profile that lists where someone is signed in.
type Sessions struct {
	Title     string // of the page, for the tab
	Notice    *Notice
	Places    []Place
	EndOthers EndSessions
	Device    Device
}

// Place is one session.
type Place struct {
	Current  bool
	Device   string // what the person calls it; empty: nothing yet
	Browser  string // in words, as "Firefox on Linux"
	Network  string // as 192.0.2.0/24; empty: not known
	Provider string // for people
	Began    time.Time
	Seen     time.Time // last activity
	End      EndSessions
}

// EndSessions is the form that ends a session, or several.
type EndSessions struct {
	Form
	ID    string // of the form, for an address that names it; empty: none
	Place string // whose end it is, for those who hear the button only; empty: its text says so
}

// Device is the form that names this device.
type Device struct {
	Form
	Name string
}

// call is what a place is called: by the person, if they have named it.
func (p Place) call() string { return cmp.Or(p.Device, p.Browser) }

// where is what else is known of a place, on one line.
func (p Place) where() string {
	var known []string
	if p.Device != "" {
		known = append(known, p.Browser)
	}
	if p.Network != "" {
		known = append(known, "network "+p.Network)
	}
	return strings.Join(append(known, "with "+p.Provider), " · ")
}
