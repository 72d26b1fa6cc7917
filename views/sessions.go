package views

import (
	"cmp"
	"time"
)

// Sessions is the fragment of /profile that lists where someone is signed in.
type Sessions struct {
	Page      Page
	Notice    *Notice
	Provider  string // its display name
	Now       time.Time
	Rows      []SessionRow // the current one first, then the most recent
	EndOthers EndSessions
	Device    Device
}

// SessionRow is one session.
type SessionRow struct {
	Current   bool
	Phone     bool   // or a tablet
	Device    string // the person's name for it; optional
	Browser   string // as "Firefox on Linux"
	Address   string // as 192.0.2.x; optional
	StartedAt time.Time
	LastSeen  time.Time // last activity
	End       EndSessions

	ExpiresAt, Deadline time.Time // of the current session: without activity, and with it
}

// EndSessions is the form that ends a session, or several.
type EndSessions struct {
	Form
	Name string // of the session, for screen readers; empty for all others
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

// displayName is the person's name for the device, or else its browser.
func (r SessionRow) displayName() string { return cmp.Or(r.Device, r.Browser) }
