package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"latchkey/auth/store"
)

func newFaulty(tb testing.TB) *Faulty {
	s := &Faulty{Store: store.NewMemory()}
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestFaultyWithoutFaultKeepsContract(t *testing.T) {
	t.Parallel()
	Run(t, Engine{Pair: func(tb testing.TB) (one, other store.Store) {
		s := newFaulty(tb)
		return s, s
	}})
}

func TestFaultyAppliesFaultToEachMethod(t *testing.T) {
	t.Parallel()
	s := newFaulty(t)
	r, fresh := AnyRecord(AnyKey()), AnyRecord()
	WantCreated(t, s, r, true)
	for _, c := range calls(s, r, fresh) {
		for name, f := range map[string]struct {
			fault Fault
			want  error
		}{
			"fails":           {Fails(c.name), ErrDown},
			"everything down": {Fails(), ErrDown},
			"hangs":           {Hangs(c.name), context.DeadlineExceeded},
			"delays":          {Delays(time.Hour), context.DeadlineExceeded},
		} {
			s.Set(f.fault)
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if err := c.do(ctx); !errors.Is(err, f.want) {
				t.Errorf("%s %s: got error %v, want %v", c.name, name, err, f.want)
			}
			cancel()
		}
	}
	s.Set(Fails("Find", "List"))
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping while Find and List fail: got error %v, want none", err)
	}
	s.Set(nil)
	WantFound(t, s, r.Key, r.Data)
	WantFound(t, s, fresh.Key, nil)
}

func TestFaultyRecordsCalls(t *testing.T) {
	t.Parallel()
	s := newFaulty(t)
	var want []string
	for _, c := range calls(s, AnyRecord(AnyKey()), AnyRecord()) {
		if err := c.do(t.Context()); err != nil {
			t.Fatal(err)
		}
		want = append(want, c.name)
	}
	if got := s.Calls(); !slices.Equal(got, want) {
		t.Errorf("got calls %q, want %q", got, want)
	}
	if got := s.Count("Find"); got != 1 {
		t.Errorf("got %d calls of Find, want 1", got)
	}
}

// A fault may end itself, or use the store.
func TestFaultyFaultMayUseTheStore(t *testing.T) {
	t.Parallel()
	s := newFaulty(t)
	s.Set(func(ctx context.Context, _ string) error {
		s.Set(nil)
		return s.Ping(ctx)
	})
	WantFound(t, s, AnyKey(), nil)
}

func TestFaultyLosesMessagesAndReconnects(t *testing.T) {
	t.Parallel()
	s := newFaulty(t)
	connected, received := Subscribed(t, s)
	<-connected
	lost := make(chan struct{})
	s.Set(func(_ context.Context, method string) error {
		if method == "Subscribe" {
			close(lost)
			return ErrDown
		}
		return nil
	})
	if err := s.Publish(t.Context(), "lost"); err != nil {
		t.Fatal(err)
	}
	<-lost
	s.Set(nil)
	s.Reconnect()
	<-connected
	if err := s.Publish(t.Context(), "kept"); err != nil {
		t.Fatal(err)
	}
	if got := <-received; got != "kept" {
		t.Errorf("got message %q, want only the second", got)
	}
}
