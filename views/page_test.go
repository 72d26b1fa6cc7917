package views

import (
	"testing"
	"time"
)

func TestInitials(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, email, want string }{
		{"Ada Lovelace", "", "AL"},
		{"Ada King Noel Lovelace", "", "AL"},
		{"ada", "", "A"},
		{"  élodie   ørsted ", "", "ÉØ"},
		{"李 小龍", "", "李小"},
		{"7f9c2ba4-e88f-4a6c", "", ""},
		{"Ada 2", "", "A"},
		{"", "ada@example.org", "A"},
		{"", "", ""},
		{"\xff\xfe", "", ""},
	}
	for _, test := range tests {
		if got := (Person{Name: test.name, Email: test.email}).initials(); got != test.want {
			t.Errorf("initials of %q, %q: got %q, want %q", test.name, test.email, got, test.want)
		}
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	tests := []struct{ own, want string }{
		{"", "Latchkey"},
		{"Your profile", "Your profile · Latchkey"},
	}
	for _, test := range tests {
		if got := (Page{Site: &Site{Brand: DefaultBrand}}).title(test.own); got != test.want {
			t.Errorf("title of a page called %q: got %q, want %q", test.own, got, test.want)
		}
	}
}

func TestTimesAreInUTC(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, time.March, 12, 1, 30, 0, 0, time.FixedZone("", 2*60*60))
	if got, want := readable(when), "11 Mar 2026, 23:30 UTC"; got != want {
		t.Errorf("readable: got %q, want %q", got, want)
	}
	if got, want := dateTime(when), "2026-03-11T23:30:00Z"; got != want {
		t.Errorf("machine: got %q, want %q", got, want)
	}
}

func TestTimesAreRelative(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                                "just now",
		-29 * time.Second:                "just now",
		20 * time.Second:                 "in less than a minute",
		-time.Minute:                     "1 minute ago",
		-59 * time.Minute:                "59 minutes ago",
		-time.Hour + time.Second:         "1 hour ago",
		24*time.Hour - time.Second:       "in 24 hours",
		-47 * time.Hour:                  "47 hours ago",
		-48 * time.Hour:                  "2 days ago",
		30*24*time.Hour - time.Second:    "in 30 days",
		-400 * 24 * time.Hour:            "400 days ago",
		-(30*time.Minute + time.Second):  "30 minutes ago",
		-(90*time.Minute + time.Second):  "2 hours ago",
		time.Minute + 29*time.Second + 1: "in 1 minute",
	} {
		if got := relativeTime(noon.Add(d), noon); got != want {
			t.Errorf("%s from now: got %q, want %q", d, got, want)
		}
	}
}
