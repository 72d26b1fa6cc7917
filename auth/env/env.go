// Package env reads settings from environment variables and from files, in the
// forms in which shells, containers and editors write them.
package env

import (
	"fmt"
	"slices"
	"strings"
)

// Env is the environment, and which of its variables the program reads.
type Env struct {
	values map[string]string
	read   map[string]bool
}

// Parse takes variables of the form NAME=value, as os.Environ returns them.
func Parse(environ []string) *Env {
	e := &Env{values: map[string]string{}, read: map[string]bool{}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		e.values[name] = Unquote(value)
	}
	return e
}

// Get returns a variable's value, empty where it is not set.
func (e *Env) Get(name string) string {
	e.read[name] = true
	return e.values[name]
}

// Has reports whether a variable is set that somebody else reads.
func (e *Env) Has(name string) bool { return e.values[name] != "" }

// Names returns the variables that are set, in order.
func (e *Env) Names() []string {
	var names []string
	for name, value := range e.values {
		if value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Misspelling is a variable that is set and not read, and the one that was
// probably meant.
type Misspelling struct{ Name, Meant string }

func (m Misspelling) String() string {
	return fmt.Sprintf("%s: is not a variable of this program, and is ignored. Did you mean %s?", m.Name, m.Meant)
}

// Misspelt returns each variable that is set and not read, and whose name is
// that of one that is read except for a slip or two.
func (e *Env) Misspelt() []Misspelling {
	var all []Misspelling
	for _, name := range e.Names() {
		if e.read[name] || !strings.Contains(name, "_") { // short names, as PATH, have too many neighbors
			continue
		}
		closest, least := "", 3
		for read := range e.read {
			if d := distance(name, read); d < least || d == least && read < closest {
				closest, least = read, d
			}
		}
		if least < 3 && strings.Contains(closest, "_") {
			all = append(all, Misspelling{name, closest})
		}
	}
	return all
}

// distance is how many letters have to be changed, added or left out to make
// one name of the other (Levenshtein distance).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
