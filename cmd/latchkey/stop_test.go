package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// stopping tells the program to stop, and returns when it has begun to.
func (p *program) stopping(tb testing.TB) {
	tb.Helper()
	p.cancel()
	eventually(tb, "the listener is closed", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := authtest.NewBrowser(t)
	callback := b.SignIn(b.Post(p.URL+"/api/auth/signin/asgardeo", nil).Redirect, authtest.Ada)
	hold, arrived, release := authtest.Hold()
	p.Provider.Handle(authtest.TokenEndpoint, hold)

	page := make(chan *http.Response, 1)
	go func() {
		resp, err := b.Client.Get(callback)
		if err != nil {
			t.Errorf("a callback under way at SIGTERM: got %v, want an answer", err)
		}
		page <- resp
	}()
	<-arrived
	p.stopping(t)
	select {
	case err := <-p.ended:
		t.Fatalf("stop: ended (%v) while a request was under way", err)
	case <-time.After(settle + time.Second): // by then Shutdown waits for the request
	}
	release()
	if resp := <-page; resp != nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) == 0 {
			t.Errorf("a callback under way at SIGTERM: got status %d with %d cookies, want 303 and the session's", resp.StatusCode, len(resp.Cookies()))
		}
	}
	p.stop(t)
	p.Provider.Reset()
	p.start(t)
	if page := b.Get(p.URL); !strings.Contains(page.Text, "You are now signed in!") {
		t.Errorf("after the restart: got status %d and\n%s", page.StatusCode, page.Text)
	}
}

// A browser, or a proxy, keeps its connection for the next request, and cannot
// know that the program has begun to stop. The README has nginx keep one for a
// second: a request may come as late as that. This test runs beside no other, for
// it has but another second to send one.
func TestStopAnswersWhatStillArrives(t *testing.T) {
	p := started(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	ask := func() (*http.Response, error) {
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			return nil, err
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return resp, err
	}
	if resp, err := ask(); err != nil || resp.Close {
		t.Fatalf("a request before the stop: got %v and %v, want an answer that keeps the connection", resp, err)
	}
	p.stopping(t)
	<-time.After(time.Second)
	if resp, err := ask(); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("a request on a kept connection a second after the stop began: got %v and %v, want an answer that closes the connection", resp, err)
	}
	p.stop(t)
}

// The kernel makes a connection, and takes what is sent on it, before the
// program has accepted it: on a busy machine, some are in that state when the
// program is told to stop. A process that stands still has no other.
func TestStopAnswersWhoeverIsNotAcceptedYet(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	r := newReplica(t, build(t), p.Env)
	r.Env["AUTH_URL"] = r.URL
	r.start(t)
	r.signal(t, syscall.SIGSTOP)
	var answers []*bufio.Reader
	for range 20 {
		conn, err := net.Dial("tcp", r.address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "POST /api/auth/signout HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
		answers = append(answers, bufio.NewReader(conn))
	}
	r.signal(t, syscall.SIGTERM)
	r.signal(t, syscall.SIGCONT)
	for i, answer := range answers {
		if resp, err := http.ReadResponse(answer, nil); err != nil || resp.StatusCode != http.StatusSeeOther {
			t.Errorf("form %d, sent before SIGTERM: got %v and %v, want its answer", i, resp, err)
		}
	}
	if err := <-r.ended; err != nil {
		t.Errorf("after SIGTERM: got %v, want exit code 0; it said:\n%s", err, tail(r.Log.String()))
	}
	r.ended = nil
}

func TestStopLosesNoRequest(t *testing.T) {
	p := newProgram(t)
	p.Env["LOG_LEVEL"] = "error"
	p.start(t)
	var answered atomic.Int64
	var people sync.WaitGroup
	for range 8 {
		people.Go(func() { p.pressUntilRefused(t, &answered) })
	}
	eventually(t, "every connection is busy", func() bool { return answered.Load() > 200 })
	p.stop(t)
	people.Wait()
}

// pressUntilRefused posts one form after another over one connection. Browsers
// do not repeat a POST that gets no answer: it is lost.
func (p *program) pressUntilRefused(t *testing.T, answered *atomic.Int64) {
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for {
		resp, err := client.Post(p.URL+"/api/auth/signout", "application/x-www-form-urlencoded", strings.NewReader("callbackUrl=/"))
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err != nil {
			t.Errorf("a request at SIGTERM is lost: %v", err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		answered.Add(1)
	}
}

// An event stream goes on for ever: a stop ends it, and does not wait for it.
func TestStopEndsEventStreams(t *testing.T) {
	t.Parallel()
	p := started(t)
	b := authtest.NewBrowser(t)
	p.signIn(t, b, authtest.Ada)
	stream, err := b.Client.Get(p.URL + "/api/auth/events")
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatalf("the event stream: got %v and %v, want one that is open", stream, err)
	}
	defer stream.Body.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, stream.Body)
		ended <- err
	}()
	began := time.Now()
	p.stop(t)
	if took := time.Since(began); took >= stopWithin {
		t.Errorf("a stop with an open event stream: took %v, as long as it may wait for requests", took)
	}
	if err := <-ended; err != nil {
		t.Errorf("the event stream at a stop: got %v, want its end", err)
	}
}

func TestSIGTERM(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	cmd := command(t, p.environ())
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process answers", func() bool { return healthy(p.URL) })
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("a process after SIGTERM: got %v, want exit code 0; it said:\n%s", err, p.Log)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a process after SIGTERM: ended after %v, want 10 s at most", took)
	}
}
