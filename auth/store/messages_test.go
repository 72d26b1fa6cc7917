package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"runtime/pprof"
	"strings"
	"testing"
)

// subscribed listens until the test ends; connected and heard get what
// Subscribe tells.
func subscribed(tb testing.TB, s Store) (connected chan struct{}, heard chan string) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	connected, heard = make(chan struct{}, 100), make(chan string, 10_000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Subscribe(ctx, func() { connected <- struct{}{} }, func(m string) { heard <- m })
	}()
	tb.Cleanup(func() {
		cancel()
		<-ended
	})
	return connected, heard
}

// wantHeard skips what other tests say on the same engine.
func wantHeard(tb testing.TB, heard <-chan string, want string) {
	tb.Helper()
	eventually(tb, "the message is heard: "+want, func() bool {
		select {
		case got := <-heard:
			return got == want
		default:
			return false
		}
	})
}

func aMessageReachesEverySubscriber(t *testing.T, one, other Store) {
	var ears []chan string
	for _, s := range []Store{one, one, other} {
		connected, heard := subscribed(t, s)
		<-connected
		ears = append(ears, heard)
	}
	for i, s := range []Store{one, other} {
		message := rand.Text() + strings.Repeat("x", 900*i) // up to 1 KB
		if err := s.Publish(t.Context(), message); err != nil {
			t.Fatalf("Publish: got error %v, want none", err)
		}
		for _, heard := range ears {
			wantHeard(t, heard, message)
		}
	}
}

func subscribeEndsWithItsContext(t *testing.T, one, _ Store) {
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
	eventually(t, "no goroutine is left", func() bool {
		var profile bytes.Buffer
		pprof.Lookup("goroutine").WriteTo(&profile, 1)
		return !strings.Contains(profile.String(), label)
	})
}

func TestSubscribeConnectsAgain(t *testing.T) {
	t.Parallel()
	for _, e := range []struct {
		name   string
		server *server
	}{
		{"redis", redisServer},
		{"postgres", postgresServer},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			address, _ := url.Parse(e.server.url(t))
			p := startProxy(t, address.Host)
			address.Host = p.Addr().String()
			s := opened(t, address.String())
			connected, heard := subscribed(t, s)
			<-connected
			p.cut()
			<-connected
			message := rand.Text()
			eventually(t, "the store publishes again", func() bool { return s.Publish(t.Context(), message) == nil })
			wantHeard(t, heard, message)
		})
	}
}
