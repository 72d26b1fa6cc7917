package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/store"
)

// Store checks that a store can be written to, and the settings of its engine. Its
// record is deleted at once, and expires by itself after a minute.
func Store(ctx context.Context, s store.Store) []Check {
	return prefixed("store", inParallel(ctx,
		func(ctx context.Context) []Check { return []Check{roundTrip(ctx, s)} },
		func(ctx context.Context) []Check { return settings(ctx, s) },
	))
}

// StoreFailed reports a store that cannot be opened. The error names the remedy.
func StoreFailed(err error) []Check {
	return prefixed("store", append([]Check{failed("access", "Do what it says, or correct SESSION_STORE", "%v", err)}, Unchecked("the store cannot be opened", "settings")...))
}

// NewStore reports on a store that the app creates when it starts.
func NewStore(f store.Finding) []Check { return prefixed("store", findings([]store.Finding{f})) }

func roundTrip(ctx context.Context, s store.Store) Check {
	const name = "access"
	started := time.Now()
	if err := writeAndDelete(ctx, s); err != nil {
		return failed(name, "Let the user in SESSION_STORE read and write, and see the store's log", "a record cannot be written and read: %v", err)
	}
	return passed(name, "a record was created, found, changed and deleted in %s", time.Since(started).Round(100*time.Microsecond))
}

func writeAndDelete(ctx context.Context, s store.Store) error {
	r := store.Record{Data: []byte("latchkey doctor"), Expires: time.Now().Add(time.Minute)}
	rand.Read(r.Key[:])
	created, err := s.Create(ctx, r)
	if err != nil || !created {
		return outcome("create", err)
	}
	defer s.Delete(context.WithoutCancel(ctx), r.Key) // does nothing once it is deleted
	found, err := s.Find(ctx, r.Key)
	if err != nil || string(found) != string(r.Data) {
		return outcome("find", err)
	}
	updated, err := s.Update(ctx, r.Key, r.Data, []byte("changed"), r.Expires)
	if err != nil || !updated {
		return outcome("update", err)
	}
	deleted, err := s.Delete(ctx, r.Key)
	if err != nil || string(deleted) != "changed" {
		return outcome("delete", err)
	}
	return nil
}

// outcome names the step that failed. An engine's error can quote its server, but contains
// no password.
func outcome(step string, err error) error {
	if err == nil {
		err = errors.New("it has no effect")
	}
	return errors.New(step + ": " + oidc.Sanitize(err.Error()))
}

func settings(ctx context.Context, s store.Store) []Check {
	if _, ok := s.(*store.Memory); ok {
		return []Check{warning("settings", "Set SESSION_STORE to sqlite:PATH, redis://… or postgres://…",
			"sessions are in memory: a restart signs everyone out, and replicas share nothing")}
	}
	engine, ok := s.(store.Checker)
	if !ok {
		return []Check{passed("settings", "this engine has none to check")}
	}
	found, err := engine.Check(ctx)
	if err != nil {
		return []Check{warning("settings", "Check them by hand; .github/OPERATIONS.md lists them", "they cannot be read: %s", oidc.Sanitize(err.Error()))}
	}
	return findings(found)
}
