package doctor

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/auth"
	"latchkey/auth/internal/oidc"
)

const (
	// sessionRequests is how often the session is requested, each time on a new
	// connection, so that each of a few replicas gets a request.
	sessionRequests = 8
	// eventWait is how long an event may take.
	eventWait = 1500 * time.Millisecond
)

// probe creates a session and checks that the running app knows it, that its events
// arrive at once, and which client address the app sees.
func (a *App) probe(ctx context.Context) []Check {
	cookie, end, err := a.Auth.ProbeSession(ctx)
	if err != nil {
		return append([]Check{failed("sessions", "See the checks of the store", "a session cannot be stored: %v", err)},
			Unchecked("a session cannot be stored", "event stream", "client address")...)
	}
	defer end(context.WithoutCancel(ctx)) // does nothing once it has ended
	header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
	known := a.known(ctx, header)
	if known.Status != OK {
		return append([]Check{known}, Unchecked("the app does not know the session", "event stream", "client address")...)
	}
	stream := a.openStream(ctx, header)
	defer stream.cancel()
	events, first := stream.check(func() error { return end(ctx) })
	return []Check{known, events, a.clientAddress(first, stream.local)}
}

// known reports whether all replicas know the session.
func (a *App) known(ctx context.Context, header http.Header) Check {
	const name = "sessions"
	const remedy = "Give all replicas the AUTH_SECRET, SESSION_STORE, AUTH_URL and providers of this environment"
	var known, failures atomic.Int32
	var requests sync.WaitGroup
	for range sessionRequests {
		requests.Go(func() {
			switch found, err := a.findsSession(ctx, header); {
			case err != nil:
				failures.Add(1)
			case found:
				known.Add(1)
			}
		})
	}
	requests.Wait()
	switch count := known.Load(); {
	case failures.Load() > 0:
		return failed(name, "See the logs of the proxy and the app", "%d of %d requests with a session failed", failures.Load(), sessionRequests)
	case count == 0:
		return failed(name, remedy, "the running app does not know a session that was stored here")
	case count < sessionRequests:
		return failed(name, remedy, "only %d of %d requests found a session that was stored here: replicas differ", count, sessionRequests)
	}
	return passed(name, "a session that was stored here is found by the app (%d requests)", sessionRequests)
}

func (a *App) findsSession(ctx context.Context, header http.Header) (bool, error) {
	resp, err := a.request(ctx, http.MethodGet, a.Auth.BasePath()+"/session", nil, header)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the answer is %d", resp.StatusCode)
	}
	var found struct{ User auth.User } // null if the app does not know the session
	err = json.NewDecoder(io.LimitReader(resp.Body, maxHealthz)).Decode(&found)
	return found.User.Subject != "", err
}

// eventStream is an open GET {base}/events.
type eventStream struct {
	cancel context.CancelFunc
	local  string      // the address of this end of the connection; set before the first line
	lines  chan string // closed at the end of the stream
	err    error       // why there is no stream; set before lines is closed
}

// openStream opens the stream in the background: a proxy that buffers may hold back
// even its headers. It claims to come from another client, if the app believes proxies.
func (a *App) openStream(ctx context.Context, header http.Header) *eventStream {
	s := &eventStream{lines: make(chan string, 16)}
	ctx, s.cancel = context.WithCancel(ctx)
	header = header.Clone()
	header.Set("Accept", "text/event-stream")
	if len(a.TrustedProxies) > 0 {
		header.Set("X-Forwarded-For", otherClient)
	}
	var local string
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { local = c.Conn.LocalAddr().String() }})
	go func() {
		defer close(s.lines)
		resp, err := a.request(ctx, http.MethodGet, a.Auth.BasePath()+"/events", nil, header)
		if err != nil {
			s.err = oidc.Quotable(err)
			return
		}
		defer resp.Body.Close()
		s.local = local
		s.err = s.read(resp)
	}()
	return s
}

func (s *eventStream) read(resp *http.Response) error {
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return fmt.Errorf("the answer is %d and no event stream", resp.StatusCode)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if lines.Text() != "" {
			s.lines <- lines.Text()
		}
	}
	return nil
}

// next waits for a line with a prefix. It reports false after eventWait, or at the end of
// the stream.
func (s *eventStream) next(prefix string) (line string, ok bool) {
	timeout := time.After(eventWait)
	for {
		select {
		case line, open := <-s.lines:
			if !open || strings.HasPrefix(line, prefix) {
				return line, open
			}
		case <-timeout:
			return "", false
		}
	}
}

// check ends the session, and reports how soon the stream says so. It returns the first
// line of the stream too.
func (s *eventStream) check(end func() error) (_ Check, first string) {
	const name = "event stream"
	first, ok := s.next(":")
	started := time.Now()
	if err := end(); err != nil {
		return failed(name, "See the checks of the store", "the session cannot be ended: %v", err), first
	}
	if !ok {
		first, ok = s.next(":")
		if !ok && s.closed() && s.err != nil {
			return failed(name, "Let the proxy pass GET requests for event streams on to the app", "%v", s.err), first
		}
		return failed(name, "Let the proxy not buffer or compress this path: in nginx, remove proxy_ignore_headers X-Accel-Buffering, or set proxy_buffering off",
			"the proxy holds the stream back: nothing arrived within %s", eventWait), first
	}
	if _, ok := s.next("event: ended"); !ok {
		return failed(name, "Give all replicas one SESSION_STORE, and see the log of the app",
			"the stream opens, but did not say within %s that the session has ended", eventWait), first
	}
	return passed(name, "the end of a session arrived after %s", time.Since(started).Round(time.Millisecond)), first
}

// closed reports whether the stream has ended.
func (s *eventStream) closed() bool {
	select {
	case _, open := <-s.lines:
		return !open
	default:
		return false
	}
}
