package store

import "context"

// Checker is a Store that can check the settings of its engine, for `latchkey doctor`.
type Checker interface {
	// Check returns a finding for each setting that matters. An error means that the
	// engine did not answer.
	Check(ctx context.Context) ([]Finding, error)
}

// Finding is the state of one setting of an engine.
type Finding struct {
	Name   string // of the setting, for people: "persistence"
	Detail string // what it is set to, and what that means; no secret
	Remedy string // what to change; empty if nothing has to be
	Severe bool   // whether the app fails or loses sessions without the remedy
}
