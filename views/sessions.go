package views

import (
	"cmp"
	"time"
)

// Sessions is the fragment of /profile that lists where someone is signed in.
type Sessions struct {
	Title     string // of the page, for the tab
	Notice    *Notice
	Provider  string // for people
	Now       time.Time
	Rows      []SessionRow // the current one first, then the most recent
	EndOthers EndSessions
	Device    Device
}

// SessionRow is one session.
type SessionRow struct {
	Current   bool
	Phone     bool   // or a tablet
	Device    string // what the person calls it; empty: nothing yet
	Browser   string // in words, as "Firefox on Linux"
	Address   string // as 192.0.2.x; empty: not known
	StartedAt time.Time
	LastSeen  time.Time // last activity
	End       EndSessions

	Ends, Until time.Time // of the current one: when it ends without activity, and at the latest
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

// visibleRows is how many sessions the list shows at first.
const visibleRows = 5

func (s Sessions) visible() []SessionRow { return s.Rows[:min(len(s.Rows), visibleRows)] }
func (s Sessions) hidden() []SessionRow  { return s.Rows[min(len(s.Rows), visibleRows):] }

// displayName is what a place is called: by the person, if they have named it.
func (p SessionRow) displayName() string { return cmp.Or(p.Device, p.Browser) }
