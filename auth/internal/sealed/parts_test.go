package sealed

import (
	"bytes"
	"testing"
	"time"
)

// Parts of two records, or of two versions of one, do not open together.
func TestPartsOpenOnlyTogether(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	seal := func(p Purpose, name, version string) []byte {
		return s.sealParts(p, name, Parts{[]byte("summary " + version), []byte("details " + version)}, clock.time().Add(time.Hour))
	}
	one := seal(forSession, "ada", "1")
	cases := []struct {
		name             string
		summary, details []byte // the records that the parts are from
		wantSummary      bool
		wantDetails      bool
	}{
		{"one record's", one, one, true, true},
		{"with earlier details of the same record", one, seal(forSession, "ada", "0"), false, true},
		{"with the same details, sealed again", one, seal(forSession, "ada", "1"), false, true},
		{"with another record's details", one, seal(forSession, "eve", "1"), false, false},
		{"another record's", seal(forSession, "eve", "1"), seal(forSession, "eve", "1"), false, false},
		{"with details of another purpose", one, seal(forLogout, "ada", "1"), false, false},
	}
	for _, c := range cases {
		summary, _ := splitParts(c.summary)
		_, details := splitParts(c.details)
		mixed := append(append(bytes.Clone(c.summary[:partsHeader]), summary...), details...)
		if got := s.openSummary(forSession, "ada", mixed); (got != nil) != c.wantSummary {
			t.Errorf("%s: got summary %q, want it to open: %t", c.name, got, c.wantSummary)
		}
		if got := s.openDetails(forSession, "ada", mixed); (got != nil) != c.wantDetails {
			t.Errorf("%s: got details %q, want it to open: %t", c.name, got, c.wantDetails)
		}
	}
}

func TestPartsAreNotInterchangeable(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.sealParts(forSession, "ada", Parts{[]byte("summary"), []byte("details")}, clock.time().Add(time.Hour))
	summary, details := splitParts(sealed)
	for name, part := range map[string][]byte{"summary": summary, "details": details} {
		if _, ok := s.Open(forSession, "ada", part); ok {
			t.Errorf("the %s opened as a value that is sealed as a whole", name)
		}
	}
	swapped := append(append([]byte{0, 0, 0, byte(len(details))}, tag(summary)...), append(bytes.Clone(details), summary...)...)
	if got := s.openSummary(forSession, "ada", swapped); got != nil {
		t.Errorf("the details opened as a summary: %q", got)
	}
	if got := s.openDetails(forSession, "ada", swapped); got != nil {
		t.Errorf("the summary opened as details: %q", got)
	}
}

func TestPartsModifiedDoNotOpen(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.sealParts(forSession, "ada", Parts{[]byte("summary"), []byte("details")}, clock.time().Add(time.Hour))
	opens := func(changed []byte) bool {
		return s.openSummary(forSession, "ada", changed) != nil && s.openDetails(forSession, "ada", changed) != nil
	}
	if !opens(sealed) {
		t.Fatal("the sealed record does not open")
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if opens(changed) {
				t.Errorf("both parts opened with bit %d of byte %d changed", bit, i)
			}
		}
		if opens(sealed[:i]) || opens(sealed[i+1:]) {
			t.Errorf("both parts opened in a record cut at byte %d of %d", i, len(sealed))
		}
	}
	if opens(append(sealed, 0)) {
		t.Error("both parts opened in a record with one more byte")
	}
}
