package outage

import (
	"testing"
	"time"
)

func TestOutageStartsAndEndsOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	d := &Detector{Now: func() time.Time { return now }}
	for i, step := range []struct {
		part  string
		fails bool
		later time.Duration
		want  bool // the start or the end of an outage
	}{
		{"token", false, 0, false},
		{"token", true, 0, true},
		{"token", true, 0, false},
		{"keys", true, 0, false},
		{"token", false, 2 * steadyTime, false}, // the keys still fail
		{"keys", false, 0, true},
		{"keys", false, 0, false},
		{"keys", true, 0, true},
		{"keys", false, steadyTime - 1, false},
		{"keys", false, 1, true},
	} {
		now = now.Add(step.later)
		notice := d.Succeeded
		if step.fails {
			notice = d.Failed
		}
		if got := notice(step.part); got != step.want {
			t.Errorf("step %d, %+v: got %t", i, step, got)
		}
	}
}
