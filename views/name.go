package views

import "github.com/a-h/templ"

// Name is the fragment of /profile that shows, and lets the person change, the
// name that their provider keeps.
type Name struct {
	Form
	Title    string // of the page, for the tab
	Notice   *Notice
	Provider string // for people
	Trouble  string // why the name can be neither shown nor changed just now; empty: it can

	Given, Family               string
	GivenTrouble, FamilyTrouble string // what is wrong with what was typed; empty: nothing
}

// problem returns a field's attributes for those who hear the page.
func problem(id, trouble string) templ.Attributes {
	if trouble == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": id}
}
