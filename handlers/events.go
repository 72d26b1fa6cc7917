package handlers

import (
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat keeps proxies from closing a stream on which nothing happens.
	heartbeat = 25 * time.Second
	// writeTimeout is how long one write to a stream may take.
	writeTimeout = 10 * time.Second
	// ifRateLimited is how long a browser waits before it connects again, when its
	// stream has made room for another: at once, it would push out the next one.
	ifRateLimited = time.Minute
)

// GET /api/auth/events
//
// The stream of one visible tab: an event when its session ends or is
// replaced. 204 tells a browser not to ask again (HTML, Server-sent events).
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
	defer s.extendDeadline() // for the last chunk, which net/http writes
	s.send(": watching\n\n")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for s.err == nil {
		select {
		case event, ok := <-ended:
			if ok {
				s.send(fmt.Sprintf("event: %s\ndata:\n\n", event))
			} else {
				s.send(fmt.Sprintf("retry: %d\n\n", ifRateLimited.Milliseconds()))
			}
			return nil
		case <-beat.C:
			s.send(":\n\n")
		case <-a.stopping:
			return nil
		}
	}
	return nil // the browser has gone away
}

// stream writes server-sent events, without the server's limits for a whole
// request: only each write has one.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func newStream(w http.ResponseWriter, r *http.Request) *stream {
	s := &stream{w: w, control: http.NewResponseController(w)}
	s.err = s.control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep events back
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // no proxy may send another request on it
	}
	return s
}

// extendDeadline gives the next write its time.
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
