package handlers

import (
	"fmt"
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
func (a *app) events(w http.ResponseWriter, r *http.Request) error {
	ended, err := a.auth.Watch(r.Context())
	if err != nil {
		return err
	}
	if ended == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	s := newStream(w, r)
	defer s.extendDeadline() // for the last chunk, written by net/http
	// latchkey doctor reads the network; the person sees it in the list of sessions too.
	s.send(": watching from " + a.auth.ClientNetwork(r) + "\n\n")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for s.err == nil {
		select {
		case event, ok := <-ended:
			if ok {
				s.send(fmt.Sprintf("event: %s\ndata:\n\n", event))
			} else {
				s.send(fmt.Sprintf("retry: %d\n\n", evictedRetry.Milliseconds()))
			}
			return nil
		case <-beat.C:
			s.send(":\n\n")
		case <-a.stopping:
			return nil
		}
	}
	return nil // the browser disconnected
}

// stream writes server-sent events. Each write has a timeout; the server's timeouts
// for a whole request are lifted.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func newStream(w http.ResponseWriter, r *http.Request) *stream {
	s := &stream{w: w, control: http.NewResponseController(w)}
	s.err = s.control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // otherwise nginx buffers events
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // no proxy may reuse it for another request
	}
	return s
}

// extendDeadline starts the timeout of the next write.
func (s *stream) extendDeadline() {
	if s.err == nil {
		s.err = s.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
}

func (s *stream) send(text string) {
	s.extendDeadline()
	if s.err == nil {
		_, s.err = s.w.Write([]byte(text))
	}
	if s.err == nil {
		s.err = s.control.Flush()
	}
}
