package views

import (
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Form is what every form has besides its visible fields.
type Form struct {
	URL    string  // where it posts
	Hidden []Field // including the form token, in a form that acts for a person
}

// Field is a form field.
type Field struct {
	Name, Value string
}

// Values of hx-swap.
const (
	fade   = "outerHTML"
	atOnce = "outerHTML transition:false" // on a page with several forms: clicks get lost during a transition
)

// post makes it a plain form.
func (f Form) post() templ.OrderedAttributes {
	return templ.OrderedAttributes{{Key: "method", Value: "post"}, {Key: "action", Value: f.URL}, {Key: "autocomplete", Value: "off"}}
}

// inPopup makes it a plain form that opens a popup.
func (f Form) inPopup() templ.OrderedAttributes {
	return append(f.post(), templ.KeyValue[string, any]{Key: "target", Value: "_blank"})
}

// swap makes it a plain form that htmx posts if it is there, to replace target with
// the response. The second of two clicks is dropped, and the button is disabled while
// the request runs.
func (f Form) swap(target, style string) templ.OrderedAttributes {
	return append(f.post(), templ.OrderedAttributes{
		{Key: "hx-post", Value: f.URL}, {Key: "hx-swap", Value: style}, {Key: "hx-sync", Value: "this:drop"}, {Key: "hx-disable", Value: "find button"},
		{Key: "hx-target", Value: templ.KV(target, target != "")},
	}...)
}

// form returns a form that acts for the person. The token prevents a page that was
// left open from acting for someone else.
func (p Person) form(url string) Form {
	f := Form{URL: url}
	if p.FormToken != "" {
		f.Hidden = []Field{{"form_token", p.FormToken}}
	}
	return f
}

// form returns the sign-in form of the confirmation page.
func (c Confirm) form() Form {
	f := c.Person.form(c.URL)
	callbackURL := c.PageURL
	if c.Sent != nil { // a popup
		callbackURL = c.SignedInURL
	}
	f.Hidden = append(f.Hidden, Field{"confirm", c.Action}, Field{"callbackUrl", callbackURL})
	return f
}

// attributes are those of a page that shows what was sent, so that nothing replaces it.
func (c Confirm) attributes() templ.OrderedAttributes {
	if c.Sent != nil {
		return anyone
	}
	return c.dataAttributes()
}

// SentFields is any form that was sent: its fields by name.
type SentFields struct {
	Form
	Words     *Words
	Multipart bool // its encoding
	Fields    []SentField
}

// SentField is a field of such a form.
type SentField struct {
	Field
	Type string // "password" or "file": it is asked for again; otherwise empty
}

// incomplete reports whether something is asked for again.
func (f SentFields) incomplete() bool {
	return slices.ContainsFunc(f.Fields, func(field SentField) bool { return field.Type != "" })
}

func (f SentField) long() bool { return len(f.Value) > 60 || strings.ContainsRune(f.Value, '\n') }
