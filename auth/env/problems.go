package env

import (
	"errors"
	"fmt"
	"strings"
)

// Errorf reports a problem. It starts with the variable and a colon.
func (e *Env) Errorf(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf(format, args...))
}

// Report reports problems that were found elsewhere, joined or not, except those that
// follow from a reported one: one mistake makes one message.
func (e *Env) Report(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			e.Report(each)
		}
		return
	}
	if err == nil {
		return
	}
	if variable, _, _ := strings.Cut(err.Error(), ":"); !e.explained[variable] {
		e.problems = append(e.problems, err)
	}
}

// Err returns the reported problems, one per line, or nil. The problem of a variable that
// is missing names the variable that was probably meant for it.
func (e *Env) Err() error {
	if len(e.problems) == 0 {
		return nil
	}
	for _, m := range e.Misspelled() {
		for i, problem := range e.problems {
			if strings.HasPrefix(problem.Error(), m.Meant+": ") {
				e.problems[i] = fmt.Errorf("%w. %s is set: did you mean %s?", problem, m.Name, m.Meant)
			}
		}
	}
	return errors.Join(e.problems...)
}

// Misspelling is a variable that is set but not read, and the one that was probably
// meant.
type Misspelling struct{ Name, Meant string }

func (m Misspelling) String() string {
	return fmt.Sprintf("%s: is not a variable of this program, and is ignored. Did you mean %s?", m.Name, m.Meant)
}

// Misspelled returns the variables that are set but not read, and whose names differ by
// one or two letters from one that is read.
func (e *Env) Misspelled() []Misspelling {
	var all []Misspelling
	for _, name := range e.Names() {
		if e.read[name] || !strings.Contains(name, "_") { // short names, such as PATH, resemble too many others
			continue
		}
		closest, least := "", far
		for read := range e.read {
			if more := len(name) - len(read); more <= -far || more >= far { // which saves the time of distance
				continue
			}
			if d := distance(name, read); d < least || d == least && read < closest {
				closest, least = read, d
			}
		}
		if least < far && strings.Contains(closest, "_") {
			all = append(all, Misspelling{name, closest})
		}
	}
	return all
}

// far is the smallest distance of names that do not resemble each other.
const far = 3

// distance returns how many letters must be changed, added or removed to turn one name
// into the other (Levenshtein distance).
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
