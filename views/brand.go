package views

// Brand is what a fork, or an app that uses these pages, changes about them. Colors are
// variables of the style sheet.
type Brand struct {
	Name   string // in the header, in titles and in texts
	Logo   string // HTML, beside the name; empty means ours
	Footer string // HTML below every page; optional
}

// DefaultBrand is the brand of this project.
var DefaultBrand = Brand{Name: "Latchkey"}
