package handlers

import (
	"fmt"
	"time"

	"latchkey/auth"
	"latchkey/views"
)

// stepText describes the steps of a sign-in.
var stepText = map[string]string{
	auth.StepRequest:  "This app sent you to {provider} to find out who you are",
	auth.StepResponse: "{provider} sent you back with a code, good for one use",
	auth.StepTokens:   "This app exchanged the code for tokens, straight from {provider}",
	auth.StepIDToken:  "This app checked that the ID token is genuine, new and meant for it",
	auth.StepUserinfo: "This app asked {provider} for your name",
	auth.StepSession:  "Your session started",
}

// timelineSteps describes the steps of a sign-in.
func timelineSteps(steps []auth.TimelineStep, provider string) []views.Step {
	rows := make([]views.Step, len(steps))
	for i, step := range steps {
		rows[i] = views.Step{Text: views.WithProvider(stepText[step.Name], provider), Name: step.Name, At: step.At}
		if i > 0 {
			rows[i].After = formatDuration(step.At.Sub(steps[i-1].At))
		}
		for _, fact := range step.Facts {
			rows[i].Details = append(rows[i].Details, views.Detail{Name: fact.Name, Value: fact.Value})
		}
	}
	return rows
}

// formatDuration formats a duration, as "0.2 s"; "" below a millisecond.
func formatDuration(d time.Duration) string {
	if d < time.Millisecond {
		return ""
	}
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
