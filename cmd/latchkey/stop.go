package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// What a stop must not do is close a connection on which a request is on its
// way: a proxy has sent it in good faith, and does not repeat a form. Whoever
// keeps a connection for less than settle without using it closes it before we
// do, and so never loses one; the README sets nginx to a second.

const (
	// settle is how long a connection without a request is kept.
	settle = 2 * time.Second
	// stopWithin is how long a stop may take.
	stopWithin = 9 * time.Second
)

// stop takes no new connections, lets those that there are finish, and gives up
// after stopWithin.
func stop(ctx context.Context, server *http.Server, listener net.Listener, resting *resting, served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	turnAway(listener)
	if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	<-served // whatever was accepted is known now
	for stopped := time.Now(); resting.anySince(stopped) && ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
	}
	return server.Shutdown(ctx) // which has the answers still to come close their connections
}

// parting has each connection closed after its next answer, once the server is
// stopping. SetKeepAlivesEnabled would close those that wait for a request at
// once, and lose the requests that are on their way.
func parting(stopping *atomic.Bool, app http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		app.ServeHTTP(w, r)
	})
}

// resting are the connections on which no request is under way, and since when.
type resting struct {
	mu    sync.Mutex
	since map[net.Conn]time.Time
}

// note is the server's ConnState hook.
func (r *resting) note(conn net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since == nil {
		r.since = map[net.Conn]time.Time{}
	}
	if state == http.StateNew || state == http.StateIdle {
		r.since[conn] = time.Now()
	} else {
		delete(r.since, conn)
	}
}

// anySince reports whether any connection has not yet rested for settle, of the
// time after the stop.
func (r *resting) anySince(stopped time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, since := range r.since {
		if since.Before(stopped) {
			since = stopped
		}
		if time.Since(since) < settle {
			return true
		}
	}
	return false
}
