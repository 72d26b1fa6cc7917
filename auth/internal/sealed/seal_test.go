package sealed

import (
	"bytes"
	"testing"
	"time"
)

func TestSealedValueIsBoundToPurposeAndName(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		secrets []string // of the opening sealer
		purpose Purpose
		as      string
		after   time.Duration
		want    bool
	}{
		{"as it was sealed", []string{testSecret}, forSignIn, "name", 0, true},
		{"just before it expires", []string{testSecret}, forSignIn, "name", time.Hour - time.Millisecond, true},
		{"when it expires", []string{testSecret}, forSignIn, "name", time.Hour, false},
		{"long after", []string{testSecret}, forSignIn, "name", 1000 * time.Hour, false},
		{"another name", []string{testSecret}, forSignIn, "name2", 0, false},
		{"the beginning of its name", []string{testSecret}, forSignIn, "nam", 0, false},
		{"no name", []string{testSecret}, forSignIn, "", 0, false},
		{"the purpose session", []string{testSecret}, forSession, "name", 0, false},
		{"the purpose sign-out", []string{testSecret}, forSignOut, "name", 0, false},
		{"the purpose notice", []string{testSecret}, forNotice, "name", 0, false},
		{"the purpose logout", []string{testSecret}, forLogout, "name", 0, false},
		{"another secret", []string{otherSecret}, forSignIn, "name", 0, false},
		{"rotated, step 1: the new secret after the old", []string{testSecret, otherSecret}, forSignIn, "name", 0, true},
		{"rotated, step 2: the old secret after the new", []string{otherSecret, testSecret}, forSignIn, "name", 0, true},
		{"the old secret the last of four", []string{otherSecret, otherSecret + "1", otherSecret + "2", testSecret}, forSignIn, "name", 0, true},
		{"the secret with one more letter", []string{testSecret + "."}, forSignIn, "name", 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			sealed := newSealer(clock, testSecret).Seal(forSignIn, "name", []byte("content"), clock.time().Add(time.Hour))
			clock.pass(c.after)
			got, ok := newSealer(clock, c.secrets...).Open(c.purpose, c.as, sealed)
			if ok != c.want || (ok && string(got) != "content") {
				t.Errorf("got %q, %t; want ok = %t", got, ok, c.want)
			}
		})
	}
}

// Moving letters between the purpose and the name gives another value.
func TestSealedPurposeAndNameAreSeparate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.Seal("sign", "-in", []byte("content"), clock.time().Add(time.Hour))
	if _, ok := s.Open("sign-in", "", sealed); ok {
		t.Error("a value of the purpose sign and the name -in opened for the purpose sign-in")
	}
}

func TestSealedValueModifiedDoesNotOpen(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.Seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, ok := s.Open(forNotice, "name", changed); ok {
				t.Errorf("a value with bit %d of byte %d changed opened", bit, i)
			}
		}
		if _, ok := s.Open(forNotice, "name", sealed[:i]); ok {
			t.Errorf("a value cut to %d bytes of %d opened", i, len(sealed))
		}
		if _, ok := s.Open(forNotice, "name", sealed[i+1:]); ok {
			t.Errorf("a value without its first %d bytes opened", i+1)
		}
	}
	if _, ok := s.Open(forNotice, "name", append(sealed, 0)); ok {
		t.Error("a value with one more byte opened")
	}
}

func TestSealingTwiceDiffers(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	one := s.Seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	two := s.Seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	if bytes.Equal(one, two) {
		t.Error("the same content sealed twice gave the same value, by which stores distinguish versions")
	}
}

func TestFirstSecretSeals(t *testing.T) {
	t.Parallel()
	clock := newClock()
	sealed := newSealer(clock, otherSecret, testSecret).Seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	if _, ok := newSealer(clock, testSecret).Open(forNotice, "name", sealed); ok {
		t.Error("the older secret sealed a new value")
	}
	if _, ok := newSealer(clock, otherSecret).Open(forNotice, "name", sealed); !ok {
		t.Error("the first secret did not seal a new value")
	}
}
