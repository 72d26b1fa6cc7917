package main

import (
	"bufio"
	"errors"
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

// signalAndClose stops the program, and returns when the listener is closed.
func (p *program) signalAndClose(tb testing.TB) {
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

func TestStopWaitsForRequestsInProgress(t *testing.T) {
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
			t.Errorf("a callback in progress at SIGTERM: got %v, want an answer", err)
		}
		page <- resp
	}()
	<-arrived
	p.signalAndClose(t)
	select {
	case err := <-p.ended:
		t.Fatalf("stop: ended (%v) while a request was in progress", err)
	default:
	}
	release()
	if resp := <-page; resp != nil {
		resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) == 0 {
			t.Errorf("a callback in progress at SIGTERM: got status %d with %d cookies, want 303 and the session's", resp.StatusCode, len(resp.Cookies()))
		}
	}
	p.stop(t)
	p.Provider.Reset()
	p.start(t)
	if page := b.Get(p.URL); !strings.Contains(page.Text, "You are now signed in!") {
		t.Errorf("after the restart: got status %d and\n%s", page.StatusCode, page.Text)
	}
}

// signalAndDrain stops the program, and returns when /readyz responds 503.
func (p *program) signalAndDrain(tb testing.TB) {
	tb.Helper()
	p.cancel()
	eventually(tb, "/readyz answers 503", func() bool { return !ready(p.URL) })
}

func ready(url string) bool {
	resp, err := onlyOnce.Get(url + "/readyz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// The next response tells a proxy with a kept connection to close it.
func TestStopClosesKeptConnectionsDuringTheDelay(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.Env["SHUTDOWN_DELAY"] = "3s"
	p.start(t)
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
	p.signalAndDrain(t)
	if resp, err := ask(); err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("a request on a kept connection during the delay: got %v and %v, want an answer that closes the connection", resp, err)
	}
	p.stop(t)
}

// Eight clients poll /readyz like a load balancer, and send no more requests
// once it responds 503.
func TestStopBehindLoadBalancerLosesNoRequest(t *testing.T) {
	p := newProgram(t)
	p.Env["LOG_LEVEL"], p.Env["SHUTDOWN_DELAY"] = "error", "2s"
	p.start(t)
	var answered atomic.Int64
	var leave atomic.Bool
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() { p.postUntil(t, &leave, &answered) })
	}
	eventually(t, "every connection is busy", func() bool { return answered.Load() > 200 })
	p.signalAndDrain(t)
	leave.Store(true)
	clients.Wait()
	p.stop(t)
}

// postUntil posts one form after another over one connection until leave is
// set. A POST without a response is lost, because browsers do not repeat it.
func (p *program) postUntil(t *testing.T, leave *atomic.Bool, answered *atomic.Int64) {
	transport := new(http.Transport)
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for !leave.Load() {
		resp, err := client.Post(p.URL+"/api/auth/signout", "application/x-www-form-urlencoded", strings.NewReader("callbackUrl=/"))
		if err != nil {
			t.Errorf("a request at SIGTERM is lost: %v", err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		answered.Add(1)
	}
}

// An event stream never ends by itself, so a stop ends it.
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
	if took := time.Since(began); took >= stopTimeout {
		t.Errorf("a stop with an open event stream: took %v, as long as it may wait for requests", took)
	}
	if err := <-ended; err != nil {
		t.Errorf("the event stream at a stop: got %v, want its end", err)
	}
}

// A stop while the store does not respond is no error of the configuration.
func TestSIGTERMDuringStartExitsWithCode0(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	p := newProgram(t)
	p.Env["SESSION_STORE"] = "postgres://latchkey@" + silent.Addr().String() + "/latchkey"
	cmd := command(t, p.environ())
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || p.Log.String() != "" {
		t.Errorf("SIGTERM during the start: got %v and %q, want exit code 0 and no error", err, p.Log)
	}
}

func TestSIGTERMExitsWithCode0(t *testing.T) {
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
		t.Errorf("a process after SIGTERM: got %v, want exit code 0; its output:\n%s", err, p.Log)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a process after SIGTERM: ended after %v, want 10 s at most", took)
	}
}
