package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"latchkey/auth/store"
	"runtime/pprof"
	"strings"
	"testing"
)

// Subscribed subscribes until the test ends. The channels receive what Subscribe
// passes to its callbacks.
func Subscribed(tb testing.TB, s store.Store) (connected chan struct{}, received chan string) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	connected, received = make(chan struct{}, 100), make(chan string, 10_000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Subscribe(ctx, func() { connected <- struct{}{} }, func(m string) { received <- m })
	}()
	tb.Cleanup(func() {
		cancel()
		<-ended
	})
	return connected, received
}

// WantReceived waits for a message. It skips those of other tests.
func WantReceived(tb testing.TB, received <-chan string, want string) {
	tb.Helper()
	Eventually(tb, "the message arrives: "+want, func() bool {
		select {
		case got := <-received:
			return got == want
		default:
			return false
		}
	})
}

// MessageReachesEverySubscriber tests that subscribers of both stores receive what either publishes.
func MessageReachesEverySubscriber(t *testing.T, one, other store.Store) {
	var listeners []chan string
	for _, s := range []store.Store{one, one, other} {
		connected, received := Subscribed(t, s)
		<-connected
		listeners = append(listeners, received)
	}
	for i, s := range []store.Store{one, other} {
		message := rand.Text() + strings.Repeat("x", 900*i) // up to 1 KB
		if err := s.Publish(t.Context(), message); err != nil {
			t.Fatalf("Publish: got error %v, want none", err)
		}
		for _, received := range listeners {
			WantReceived(t, received, message)
		}
	}
}

func subscribeEndsWithContext(t *testing.T, one, _ store.Store) {
	label, cause := rand.Text(), errors.New("the tab was closed")
	ctx, cancel := context.WithCancelCause(t.Context())
	connected, ended := make(chan struct{}, 100), make(chan error)
	pprof.Do(ctx, pprof.Labels("subscriber", label), func(ctx context.Context) {
		go func() {
			ended <- one.Subscribe(ctx, func() { connected <- struct{}{} }, func(string) {})
		}()
	})
	<-connected
	cancel(cause)
	if got := <-ended; !errors.Is(got, cause) {
		t.Errorf("Subscribe: got error %v, want %v", got, cause)
	}
	Eventually(t, "no goroutine leaks", func() bool {
		var profile bytes.Buffer
		pprof.Lookup("goroutine").WriteTo(&profile, 1)
		return !strings.Contains(profile.String(), label)
	})
}

// ReconnectsAfterCut tests that Subscribe connects again by itself. The URL leads
// through the proxy.
func ReconnectsAfterCut(t *testing.T, s store.Store, p *Proxy) {
	connected, received := Subscribed(t, s)
	<-connected
	p.Cut()
	<-connected
	message := rand.Text()
	Eventually(t, "the store publishes again", func() bool { return s.Publish(t.Context(), message) == nil })
	WantReceived(t, received, message)
}
