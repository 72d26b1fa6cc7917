package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// Many tabs of many people have event streams, and all report the back-channel
// logout.
func TestStreams(t *testing.T) {
	count, tabs := 10, 20
	if fullSize() {
		count, tabs = 100, 100
	}
	var people []authtest.Person
	for i := range count {
		name := fmt.Sprintf("person%d", i)
		people = append(people, authtest.Person{Subject: name, Username: name, Password: authtest.Password, GivenName: "Person"})
	}
	p := newProgram(t, authtest.WithPeople(people...))
	p.Env["LOG_LEVEL"], p.Env["SESSION_STORE"] = "warn", "memory:"
	p.start(t)
	idle := p.memory(t)
	var open []*stream
	for _, who := range people {
		b := authtest.NewBrowser(t)
		p.signIn(t, b, who)
		for range tabs {
			open = append(open, openStream(t, p, b))
		}
	}
	t.Logf("%d streams of %d people: %d KB of the process each", len(open), count, (p.memory(t)-idle)/len(open)/1024)

	var heard sync.WaitGroup
	for _, s := range open {
		heard.Go(func() { s.wantEnded(t) })
	}
	started := time.Now()
	for _, who := range people {
		if err := p.Provider.EndSession(who.Subject); err != nil {
			t.Fatal(err)
		}
	}
	heard.Wait()
	t.Logf("from the first logout token to the last event: %v", time.Since(started).Round(time.Millisecond))
}

// memory is the resident memory of the process, in bytes.
func (p *program) memory(tb testing.TB) int {
	tb.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		tb.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		tb.Fatal(err)
	}
	return kilobytes * 1024
}

// stream is an event stream, read without an HTTP client, because there are
// many.
type stream struct {
	net.Conn
	lines *bufio.Reader
}

// openStream returns when the stream is open.
func openStream(tb testing.TB, p *program, b *authtest.Browser) *stream {
	tb.Helper()
	request, err := http.NewRequest(http.MethodGet, p.URL+"/api/auth/events", nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, cookie := range b.Client.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	conn, err := net.Dial("tcp", p.address())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	if err := request.Write(conn); err != nil {
		tb.Fatal(err)
	}
	s := &stream{conn, bufio.NewReaderSize(conn, 256)}
	if !s.reads(": watching") {
		tb.Fatal("a stream does not start")
	}
	return s
}

// reads reports whether a line with this beginning arrives.
func (s *stream) reads(beginning string) bool {
	s.SetReadDeadline(time.Now().Add(maxWait))
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil || strings.HasPrefix(line, beginning) {
			return err == nil
		}
	}
}

func (s *stream) wantEnded(tb testing.TB) {
	if !s.reads("event: ended") {
		tb.Error("a stream does not report the logout")
	}
}
