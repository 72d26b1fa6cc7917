package auth

import (
	"time"

	"latchkey/auth/internal/timeline"
)

// Without this file and its one call, in New, there is no timeline.

// TimelineStep is one step of a sign-in. It holds no secret.
type TimelineStep struct {
	Name  string // the specification's name, such as StepTokens
	At    time.Time
	Facts []struct{ Name, Value string } // what it sent, received or checked; without a value, only its presence is shown
}

// The steps, in order.
const (
	StepRequest  = timeline.Request  // Core 3.1.2.1
	StepResponse = timeline.Response // Core 3.1.2.5
	StepTokens   = timeline.Tokens   // Core 3.1.3.3
	StepIDToken  = timeline.IDToken  // Core 3.1.3.7
	StepUserinfo = timeline.Userinfo // Core 5.3.2
	StepSession  = timeline.Session
)

// Timeline returns the steps of the sign-in.
func (s *Session) Timeline() []TimelineStep {
	var steps []TimelineStep
	for _, step := range timeline.Decode(s.openDetails().Timeline) {
		steps = append(steps, TimelineStep(step))
	}
	return steps
}

// newTimeline returns a trace that collects a timeline.
func newTimeline(now func() time.Time) *signInTrace {
	t := timeline.New(now)
	return &signInTrace{Trace: t.Trace(), Kept: t.Packed, Resumed: t.Resume, StartedSession: t.Finish, Failed: t.Report}
}
