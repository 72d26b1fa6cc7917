package views

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// htmxConfig is read by htmx when it starts: no style element of its own
// (our style sheet has the loading states), swaps as view transitions, and
// an end to waiting well after the server's own limit of 8 seconds.
const htmxConfig = `{"includeIndicatorCSS":false,"transitions":true,"defaultTimeout":15000}`

// title is what the browser's tab says.
func (p Page) title() string {
	if p.Title == "" || p.Title == "Latchkey" {
		return "Latchkey"
	}
	return p.Title + " · Latchkey"
}

// call is how the page speaks of the person.
func (p Person) call() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Email != "":
		return p.Email
	default:
		return "Someone without a name"
	}
}

// initials stand where there is no picture: those of the first and the last
// word, "" where the name has no letter or digit to show.
func (p Person) initials() string {
	words := strings.FieldsFunc(p.call(), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	switch {
	case len(words) == 0:
		return ""
	case len(words) == 1 || p.Name == "":
		return initial(words[0])
	default:
		return initial(words[0]) + initial(words[len(words)-1])
	}
}

func initial(word string) string {
	r, _ := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(r))
}

// machine and readable are the two sides of a time element.
func machine(t time.Time) string  { return t.UTC().Format(time.RFC3339) }
func readable(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }
