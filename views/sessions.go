package views

import (
	"cmp"
	"time"
)

// Sessions is the fragment of /profile that lists where someone is signed in.
type Sessions struct {
	Page
	URL  string // of its forms
	Now  time.Time
	Rows []SessionRow // the current one first, then the most recent
}

// SessionRow is one session.
type SessionRow struct {
	ID        string
	Current   bool
	Phone     bool   // or a tablet
	Device    string // the person's name for it; optional
	Browser   string // as "Firefox on Linux"
	Address   string // as 192.0.2.x; optional
	StartedAt time.Time
	LastSeen  time.Time // last activity

	ExpiresAt, Deadline time.Time // of the current session: without activity, and with it
}

// visibleRows is how many sessions the list shows at first.
const visibleRows = 5

func (s Sessions) visible() []SessionRow { return s.Rows[:min(len(s.Rows), visibleRows)] }
func (s Sessions) hidden() []SessionRow  { return s.Rows[min(len(s.Rows), visibleRows):] }

// form returns a form about the sessions.
func (s Sessions) form(path string) Form { return s.Person.form(s.URL + path) }

// displayName is the person's name for the device, or else its browser.
func (r SessionRow) displayName() string { return cmp.Or(r.Device, r.Browser) }
