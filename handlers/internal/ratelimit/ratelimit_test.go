package ratelimit

import (
	"testing"
	"time"
)

// allowed returns how many of 100 events at a time are within the limit.
func allowed(l *Limit, key string, at time.Time) (count int) {
	for range 100 {
		if l.Allow(key, at) {
			count++
		}
	}
	return count
}

func TestAllow(t *testing.T) {
	t.Parallel()
	minute := time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)
	l := New(12)
	for _, step := range []struct {
		what  string
		key   string
		after time.Duration
		want  int
	}{
		{"a full minute's", "ada", 0, 12},
		{"none in the rest of the minute", "ada", 59 * time.Second, 0},
		{"another key", "grace", 59 * time.Second, 12},
		{"none at the start of the next minute", "ada", time.Minute, 0},
		{"a quarter after a quarter of the next minute", "ada", 75 * time.Second, 3},
		{"no more at that time", "ada", 75 * time.Second, 0},
		{"the rest of three quarters", "ada", 105 * time.Second, 6},
		{"most after a minute with fewer", "ada", 2 * time.Minute, 3},
		{"a full minute's after a minute without any", "ada", 4 * time.Minute, 12},
		{"a full minute's when the clock is set back", "ada", time.Minute, 12},
	} {
		if got := allowed(l, step.key, minute.Add(step.after)); got != step.want {
			t.Errorf("%s: got %d events allowed, want %d", step.what, got, step.want)
		}
	}
}

// A minute's keys are forgotten after the next, however many there were.
func TestOldKeysAreForgotten(t *testing.T) {
	t.Parallel()
	l := New(1)
	at := time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)
	for i := range 1000 {
		l.Allow(string(rune(i)), at)
	}
	for _, after := range []time.Duration{time.Minute, 2 * time.Minute} {
		l.Allow("x", at.Add(after))
	}
	if got := len(l.current) + len(l.previous); got > 2 {
		t.Errorf("after two minutes: got %d keys, want at most those of the two minutes", got)
	}
}
