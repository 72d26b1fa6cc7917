package auth

import (
	"bytes"
	"testing"
	"time"
)

func newSealer(c *clock, secrets ...string) *sealer {
	return &sealer{origin: testOrigin, secrets: secrets, now: c.time}
}

func TestSealedValueIsBoundToPurposeAndName(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		secrets []string // of who opens
		purpose purpose
		as      string
		after   time.Duration
		want    bool
	}{
		{"as it was sealed", []string{testSecret}, forSignIn, "name", 0, true},
		{"a moment before its end", []string{testSecret}, forSignIn, "name", time.Hour - time.Millisecond, true},
		{"at its end", []string{testSecret}, forSignIn, "name", time.Hour, false},
		{"long after", []string{testSecret}, forSignIn, "name", 1000 * time.Hour, false},
		{"another name", []string{testSecret}, forSignIn, "name2", 0, false},
		{"the beginning of its name", []string{testSecret}, forSignIn, "nam", 0, false},
		{"no name", []string{testSecret}, forSignIn, "", 0, false},
		{"as a session", []string{testSecret}, forSession, "name", 0, false},
		{"as a sign-out", []string{testSecret}, forSignOut, "name", 0, false},
		{"as a notice", []string{testSecret}, forNotice, "name", 0, false},
		{"as a logout", []string{testSecret}, forLogout, "name", 0, false},
		{"another secret", []string{otherSecret}, forSignIn, "name", 0, false},
		{"rotated, step 1: the new secret behind the old", []string{testSecret, otherSecret}, forSignIn, "name", 0, true},
		{"rotated, step 2: the old secret behind the new", []string{otherSecret, testSecret}, forSignIn, "name", 0, true},
		{"the old secret the last of four", []string{otherSecret, otherSecret + "1", otherSecret + "2", testSecret}, forSignIn, "name", 0, true},
		{"the secret, a letter longer", []string{testSecret + "."}, forSignIn, "name", 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			sealed := newSealer(clock, testSecret).seal(forSignIn, "name", []byte("content"), clock.time().Add(time.Hour))
			clock.pass(c.after)
			got, ok := newSealer(clock, c.secrets...).open(c.purpose, c.as, sealed)
			if ok != c.want || (ok && string(got) != "content") {
				t.Errorf("got %q, %t; want it to open: %t", got, ok, c.want)
			}
		})
	}
}

// The name stands beside the purpose, so that no shift of letters between the
// two makes one value pass for another.
func TestSealedPurposeAndNameAreSeparate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.seal("sign", "-in", []byte("content"), clock.time().Add(time.Hour))
	if _, ok := s.open("sign-in", "", sealed); ok {
		t.Error("a value of the purpose sign and the name -in opened for the purpose sign-in")
	}
}

func TestSealedValueModifiedDoesNotOpen(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	sealed := s.seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, ok := s.open(forNotice, "name", changed); ok {
				t.Errorf("bit %d of byte %d changed, and it still opened", bit, i)
			}
		}
		if _, ok := s.open(forNotice, "name", sealed[:i]); ok {
			t.Errorf("cut to %d bytes of %d, and it still opened", i, len(sealed))
		}
		if _, ok := s.open(forNotice, "name", sealed[i+1:]); ok {
			t.Errorf("without its first %d bytes it still opened", i+1)
		}
	}
	if _, ok := s.open(forNotice, "name", append(sealed, 0)); ok {
		t.Error("a byte longer, and it still opened")
	}
}

func TestSealingTwiceDiffers(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := newSealer(clock, testSecret)
	one := s.seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	two := s.seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	if bytes.Equal(one, two) {
		t.Error("the same content sealed twice gave the same value: stores tell versions apart by it")
	}
}

func TestFirstSecretSeals(t *testing.T) {
	t.Parallel()
	clock := newClock()
	sealed := newSealer(clock, otherSecret, testSecret).seal(forNotice, "name", []byte("content"), clock.time().Add(time.Hour))
	if _, ok := newSealer(clock, testSecret).open(forNotice, "name", sealed); ok {
		t.Error("the older secret sealed a new value")
	}
	if _, ok := newSealer(clock, otherSecret).open(forNotice, "name", sealed); !ok {
		t.Error("the first secret did not seal a new value")
	}
}
