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

// htmxConfig configures htmx: no inline style element (our style sheet has the loading
// states), swaps as view transitions, and a timeout well above the server's limit of
// 8 seconds.
const htmxConfig = "includeIndicatorCSS:false, transitions:true, defaultTimeout:15000"

// title is the title of a page, for the browser's tab.
func (p Page) title(title string) string {
	if title == "" {
		return p.Brand.Name
	}
	return title + " · " + p.Brand.Name
}

// dataAttributes names the person that a part was rendered for, so that the script can
// replace it when another person, or nobody, is signed in.
func (p Page) dataAttributes() templ.OrderedAttributes {
	if p.Person == nil {
		return templ.OrderedAttributes{{Key: "data-user", Value: ""}}
	}
	return templ.OrderedAttributes{
		{Key: "data-user", Value: p.Person.ID},
		{Key: "data-events", Value: p.EventsURL},
		{Key: "data-expires-in", Value: strconv.Itoa(int(p.Person.Remaining.Seconds()))},
	}
}

// anyone has no such attributes: the part is the same for everyone.
var anyone templ.OrderedAttributes

// closeWindow makes the script close the window.
var closeWindow = templ.KeyValue[string, any]{Key: "data-close-window", Value: true}

// displayName is the name that pages show.
func (p Person) displayName() string { return cmp.Or(p.Name, p.Email, "No name given") }

// initials are shown without a picture: those of the first and the last word that
// start with a letter, or "".
func (p Person) initials() string {
	var first, last string
	for word := range strings.FieldsSeq(cmp.Or(p.Name, p.Email)) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) {
			first, last = cmp.Or(first, last), string(unicode.ToUpper(r))
		}
	}
	return first + last
}

// dateTime and readable are the attribute and the text of a time element.
func dateTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
func readable(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// clockTime is a time today.
func clockTime(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// relativeTime is a time relative to now: "2 hours ago", "in 30 days".
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

// durationText is a rounded duration; "" for less than a minute.
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
