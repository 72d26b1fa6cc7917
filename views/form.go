package views

import "github.com/a-h/templ"

// Form is what every form that acts for someone has besides its own fields.
type Form struct {
	URL    string  // where it posts
	Hidden []Field // what it sends along unseen; the owner is among it
}

// Field is a name and a value of a form.
type Field struct {
	Name, Value string
}

// swap has htmx post the form and put the answer in the place of target, a
// part of a page: at once, since clicks get lost while a transition runs. The
// second of two clicks is dropped, and the button waits for its answer.
func (f Form) swap(target string) templ.Attributes {
	return templ.Attributes{
		"method": "post", "action": f.URL, "autocomplete": "off",
		"hx-post": f.URL, "hx-target": target, "hx-swap": "outerHTML transition:false",
		"hx-sync": "this:drop", "hx-disable": "find button",
	}
}

// ReturnedForm is a form whose session had ended when it was sent: it goes back to
// the person as it came, for them to send again.
type ReturnedForm struct {
	Page
	SignIn SignIn
	Form   templ.Component // the same form, filled in with what was sent
}
