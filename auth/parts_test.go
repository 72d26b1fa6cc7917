package auth

import (
	"bytes"
	"testing"
	"time"
)

// Halves of two records, or of two versions of one, never go together.
func TestPartsOpenOnlyTogether(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := func(p purpose, name, version string) []byte {
		return s.sealParts(p, name, recordParts{[]byte("front " + version), []byte("rest " + version)}, clock.time().Add(time.Hour))
	}
	one := sealed(forSession, "ada", "1")
	cases := []struct {
		name        string
		front, rest []byte // where the halves are from
		wantFront   bool
		wantRest    bool
	}{
		{"one record's", one, one, true, true},
		{"with an earlier rest of the same record", one, sealed(forSession, "ada", "0"), false, true},
		{"with the same rest, sealed anew", one, sealed(forSession, "ada", "1"), false, true},
		{"with another record's rest", one, sealed(forSession, "eve", "1"), false, false},
		{"another record's", sealed(forSession, "eve", "1"), sealed(forSession, "eve", "1"), false, false},
		{"with a rest of another purpose", one, sealed(forLogout, "ada", "1"), false, false},
	}
	for _, c := range cases {
		front, _ := splitParts(c.front)
		_, rest := splitParts(c.rest)
		mixed := append(append(bytes.Clone(c.front[:partsHeader]), front...), rest...)
		if got := s.openSummary(forSession, "ada", mixed); (got != nil) != c.wantFront {
			t.Errorf("%s: got front %q, want it to open: %t", c.name, got, c.wantFront)
		}
		if got := s.openDetails(forSession, "ada", mixed); (got != nil) != c.wantRest {
			t.Errorf("%s: got rest %q, want it to open: %t", c.name, got, c.wantRest)
		}
	}
}

func TestPartsAreNotInterchangeable(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.sealParts(forSession, "ada", recordParts{[]byte("front"), []byte("rest")}, clock.time().Add(time.Hour))
	front, rest := splitParts(sealed)
	for name, half := range map[string][]byte{"front": front, "rest": rest} {
		if _, ok := s.open(forSession, "ada", half); ok {
			t.Errorf("the %s opened as a record that is sealed in one", name)
		}
	}
	swapped := append(append([]byte{0, 0, 0, byte(len(rest))}, tag(front)...), append(bytes.Clone(rest), front...)...)
	if got := s.openSummary(forSession, "ada", swapped); got != nil {
		t.Errorf("the rest opened as a front: %q", got)
	}
	if got := s.openDetails(forSession, "ada", swapped); got != nil {
		t.Errorf("the front opened as a rest: %q", got)
	}
}

func TestPartsModifiedDoNotOpen(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.sealParts(forSession, "ada", recordParts{[]byte("front"), []byte("rest")}, clock.time().Add(time.Hour))
	opens := func(changed []byte) bool {
		return s.openSummary(forSession, "ada", changed) != nil && s.openDetails(forSession, "ada", changed) != nil
	}
	if !opens(sealed) {
		t.Fatal("what was sealed does not open")
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if opens(changed) {
				t.Errorf("bit %d of byte %d changed, and both halves still opened", bit, i)
			}
		}
		if opens(sealed[:i]) || opens(sealed[i+1:]) {
			t.Errorf("cut at byte %d of %d, and both halves still opened", i, len(sealed))
		}
	}
	if opens(append(sealed, 0)) {
		t.Error("a byte longer, and both halves still opened")
	}
}
