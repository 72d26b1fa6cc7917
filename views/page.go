package views

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
)

// htmxConfig is read by htmx when it starts: no style element of its own
// (our style sheet has the loading states), swaps as view transitions, and
// an end to waiting well after the server's own limit of 8 seconds.
const htmxConfig = "includeIndicatorCSS:false, transitions:true, defaultTimeout:15000"

// Title is what the browser's tab says of a page with words of its own.
func Title(own string) string { return Page{}.title(own) }

// title is what the browser's tab says: the page's own words, or those that
// were given for it.
func (p Page) title(own string) string {
	if p.Title != "" {
		own = p.Title
	}
	if own == "" {
		return "Latchkey"
	}
	return own + " · Latchkey"
}

// dataAttributes marks a part with the person it was made for, so that the script can
// tell when somebody else, or nobody, is signed in. An error page has no such
// mark: it is for everybody.
func (p Page) dataAttributes() templ.OrderedAttributes {
	if p.Person == nil {
		return templ.OrderedAttributes{{Key: "data-user", Value: ""}}
	}
	return templ.OrderedAttributes{
		{Key: "data-user", Value: p.Person.ID},
		{Key: "data-events", Value: p.Person.EventsURL},
		{Key: "data-expires-in", Value: strconv.Itoa(int(p.Person.Remaining.Seconds()))},
	}
}

// displayName is how the page speaks of the person.
func (p Person) displayName() string { return cmp.Or(p.Name, p.Email, "No name given") }

// initials stand where there is no picture: those of the first and the last
// word that begin with a letter; "" where no word does, as in a bare number.
func (p Person) initials() string {
	var letters []string
	for word := range strings.FieldsSeq(cmp.Or(p.Name, p.Email)) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) {
			letters = append(letters, string(unicode.ToUpper(r)))
		}
	}
	if len(letters) > 2 {
		letters = []string{letters[0], letters[len(letters)-1]}
	}
	return strings.Join(letters, "")
}

// dateTime and readable are the two sides of a time element.
func dateTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
func readable(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// clockTime is the time of a moment that is near.
func clockTime(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// relativeTime is a time as people say it: "2 hours ago", "in 30 days".
func relativeTime(t, now time.Time) string {
	d := t.Sub(now)
	switch length := durationText(d.Abs()); {
	case length == "" && d > 0:
		return "in less than a minute"
	case length == "":
		return "just now"
	case d > 0:
		return "in " + length
	default:
		return length + " ago"
	}
}

// durationText is a length of time, rounded; empty for less than a minute.
func durationText(d time.Duration) string {
	units := []struct {
		name  string
		size  time.Duration
		limit time.Duration
	}{{"minute", time.Minute, time.Hour}, {"hour", time.Hour, 48 * time.Hour}, {"day", 24 * time.Hour, math.MaxInt64}}
	for _, unit := range units {
		if rounded := d.Round(unit.size); rounded < unit.limit {
			switch count := int(rounded / unit.size); count {
			case 0:
				return ""
			case 1:
				return "1 " + unit.name
			default:
				return strconv.Itoa(count) + " " + unit.name + "s"
			}
		}
	}
	return ""
}
