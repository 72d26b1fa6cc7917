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
		return append([]Check{failed("sessions", "See the checks of the store", "a session cannot be stored: %s", oidc.Sanitize(err.Error()))},
			Unchecked("a session cannot be stored", "event stream", "client address")...)
	}
	defer end(context.WithoutCancel(ctx)) // does nothing once it has ended
	header := http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}
	known := a.known(ctx, header)
	if known.Status != OK {
		return append([]Check{known}, Unchecked("the app does not know the session", "event stream", "client address")...)
	}
	events, first, local := a.eventStream(ctx, header, func() error { return end(ctx) })
	return []Check{known, events, a.clientAddress(first, local)}
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
	resp, body, err := a.get(ctx, a.Auth.BasePath()+"/session", header)
	if err != nil {
		return false, err
	}
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the answer is %d", resp.StatusCode)
	}
	var found struct{ User auth.User } // null if the app does not know the session
	err = json.Unmarshal(body, &found)
	return found.User.Subject != "", err
}

// eventStream opens GET {base}/events, ends the session, and reports whether the stream
// says so soon. It returns the first line of the stream, and the address of this end of
// the connection too.
func (a *App) eventStream(ctx context.Context, header http.Header, end func() error) (_ Check, first, local string) {
	const name = "event stream"
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timeout := time.AfterFunc(eventWait, cancel)
	body, local, err := a.openStream(ctx, header)
	switch {
	case ctx.Err() != nil:
		return heldBack(name), "", local
	case err != nil:
		return failed(name, "Let the proxy pass GET requests for event streams on to the app", "%v", err), "", local
	}
	defer body.Close()
	lines := bufio.NewScanner(body)
	if first = next(lines, ":"); first == "" {
		return heldBack(name), "", local
	}
	timeout.Reset(eventWait)
	return endEvent(name, lines, end), first, local
}

// openStream claims to come from another client, if the app believes proxies.
func (a *App) openStream(ctx context.Context, header http.Header) (body io.ReadCloser, local string, err error) {
	header = header.Clone()
	header.Set("Accept", "text/event-stream")
	if len(a.TrustedProxies) > 0 {
		header.Set("X-Forwarded-For", otherClient)
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { local = c.Conn.LocalAddr().String() }})
	resp, err := a.request(ctx, http.MethodGet, a.Auth.BasePath()+"/events", nil, header)
	if err != nil {
		return nil, local, oidc.Quotable(err)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		resp.Body.Close()
		return nil, local, fmt.Errorf("the answer is %d and no event stream", resp.StatusCode)
	}
	return resp.Body, local, nil
}

func endEvent(name string, lines *bufio.Scanner, end func() error) Check {
	started := time.Now()
	if err := end(); err != nil {
		return failed(name, "See the checks of the store", "the session cannot be ended: %s", oidc.Sanitize(err.Error()))
	}
	if next(lines, "event: ended") == "" {
		return failed(name, "Give all replicas one SESSION_STORE, and see the log of the app",
			"the stream opens, but did not say within %s that the session has ended", eventWait)
	}
	return passed(name, "the end of a session arrived after %s", time.Since(started).Round(time.Millisecond))
}

// next returns the next line with a prefix, or "" at the end.
func next(lines *bufio.Scanner, prefix string) string {
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), prefix) {
			return lines.Text()
		}
	}
	return ""
}

// heldBack reports a stream of which nothing arrives: a proxy that buffers may hold back
// even its headers.
func heldBack(name string) Check {
	return failed(name, "Let the proxy not buffer or compress this path: in nginx, remove proxy_ignore_headers X-Accel-Buffering, or set proxy_buffering off",
		"the proxy holds the stream back: nothing arrived within %s", eventWait)
}
