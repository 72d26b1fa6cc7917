package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// stopOn makes event streams end when the channel is closed.
func stopOn(stopping <-chan struct{}) func(*auth.Config, *handlers.Config) {
	return func(_ *auth.Config, c *handlers.Config) { c.Stopping = stopping }
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(t *testing.T, a *handlerstest.App, b *authtest.Browser)
		want string
	}{
		{"signed out in another tab", func(_ *testing.T, a *handlerstest.App, b *authtest.Browser) { b.Post(a.URL+"/api/auth/signout", nil) }, "ended"},
		{"signed in again in another tab", func(t *testing.T, a *handlerstest.App, b *authtest.Browser) { a.SignIn(t, b, authtest.Ada) }, "replaced"},
		{"back-channel logout", func(t *testing.T, a *handlerstest.App, _ *authtest.Browser) {
			if err := a.Provider.EndSession(authtest.Ada.Subject); err != nil {
				t.Error(err)
			}
		}, "ended"},
		{"ended from another device", func(t *testing.T, a *handlerstest.App, _ *authtest.Browser) {
			other := authtest.NewBrowser(t)
			a.SignIn(t, other, authtest.Ada)
			a.InRequest(t, other, func(ctx context.Context) { a.Auth.EndOtherSessions(ctx) })
		}, "ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			tabs := []<-chan string{a.WatchEvents(t, b), a.WatchEvents(t, b), a.WatchEvents(t, b)}
			c.do(t, a, b)
			for i, tab := range tabs {
				if got := <-tab; got != c.want {
					t.Errorf("tab %d: got event %q, want %q", i, got, c.want)
				}
			}
		})
	}
}

func TestEventsWhileSignedOut(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	if got := authtest.NewBrowser(t).Get(a.URL + "/api/auth/events").StatusCode; got != http.StatusNoContent {
		t.Errorf("signed out: got status %d, want %d", got, http.StatusNoContent)
	}
}

func TestEventsEndWhenStopping(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	a := handlerstest.Start(t, stopOn(stopping))
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	tab := a.WatchEvents(t, b)
	close(stopping)
	if got := <-tab; got != "" {
		t.Errorf("the program stops: got event %q, want the end of the stream without one", got)
	}
}

// deadlined is a response that records its last write deadline.
type deadlined struct {
	*httptest.ResponseRecorder
	started func()
	set     time.Time
}

func (d *deadlined) Flush() { d.started() }

func (d *deadlined) SetReadDeadline(time.Time) error { return nil }

func (d *deadlined) SetWriteDeadline(time.Time) error {
	d.set = time.Now()
	return nil
}

// The last chunk of a stream has a deadline of its own, however long ago the last
// event was: without it the browser reports an incomplete response (RFC 9112 section
// 8).
func TestLastChunkOfEventsHasAWriteTimeout(t *testing.T) {
	t.Parallel()
	stopping := make(chan struct{})
	a := handlerstest.Start(t, stopOn(stopping))
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	r := httptest.NewRequest(http.MethodGet, a.URL+"/api/auth/events", nil)
	for _, c := range a.Cookies(b) {
		r.AddCookie(c)
	}
	started, ended := make(chan struct{}), make(chan struct{})
	w := &deadlined{ResponseRecorder: httptest.NewRecorder(), started: sync.OnceFunc(func() { close(started) })}
	go func() {
		defer close(ended)
		a.Handler().ServeHTTP(w, r)
	}()
	<-started
	stopped := time.Now()
	close(stopping)
	<-ended
	if !w.set.After(stopped) {
		t.Errorf("the deadline of the end: got it set %s before, want afterwards", stopped.Sub(w.set))
	}
}

// An evicted stream asks its browser to wait before it reconnects.
func TestEvictedStreamsReconnectLater(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	first, err := b.Client.Get(a.URL + "/api/auth/events")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Body.Close()
	for range 100 {
		a.WatchEvents(t, b)
	}
	said, err := io.ReadAll(first.Body)
	if err != nil || !strings.HasSuffix(string(said), "\n\nretry: 60000\n\n") {
		t.Errorf("the oldest of 101 streams: got %q and error %v, want it ended with a minute to wait", said, err)
	}
}
