package handlers

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// heartbeat keeps proxies from closing an idle stream.
	heartbeat = 25 * time.Second
	// writeTimeout limits one write to a stream.
	writeTimeout = 10 * time.Second
	// evictedRetry is how long a browser waits before it reconnects after its stream
	// was evicted for another: at once, it would evict the next one.
	evictedRetry = time.Minute
)

// GET /api/auth/events streams to one visible tab: an event when its session ends or
// is replaced.
//
// 204 stops a browser from reconnecting (HTML, server-sent events).
func (a *App) events(w http.ResponseWriter, r *http.Request) error {
	ended, err := a.auth.Watch(r.Context())
	if err != nil {
		return err
	}
	if ended == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	send := startStream(w, r)
	defer send("") // starts a new timeout, for the last chunk, written by net/http
	// latchkey doctor reads the network; the person sees it in the list of sessions too.
	err = send(": watching from " + a.auth.ClientNetwork(r) + "\n\n")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for err == nil {
		select {
		case event, ok := <-ended:
			if ok {
				send(fmt.Sprintf("event: %s\ndata:\n\n", event))
			} else {
				send(fmt.Sprintf("retry: %d\n\n", evictedRetry.Milliseconds()))
			}
			return nil
		case <-beat.C:
			err = send(":\n\n")
		case <-a.config.Stopping:
			return nil
		}
	}
	return nil // the browser disconnected
}

// startStream starts to respond with server-sent events, and returns what sends one. Each
// write has a timeout; the server's timeouts for a whole request are lifted.
func startStream(w http.ResponseWriter, r *http.Request) (send func(text string) error) {
	control := http.NewResponseController(w)
	err := control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // otherwise nginx buffers events
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // no proxy may reuse it for another request
	}
	return func(text string) error {
		if err == nil {
			err = control.SetWriteDeadline(time.Now().Add(writeTimeout))
		}
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err == nil {
			err = control.Flush()
		}
		return err
	}
}
