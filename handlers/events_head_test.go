package handlers_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// countPending counts the requests whose handler has not returned.
func countPending(a *handlerstest.App) *atomic.Int64 {
	count, inner := new(atomic.Int64), a.Handler()
	var counted http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		defer count.Add(-1)
		inner.ServeHTTP(w, r)
	})
	a.SetHandler(counted)
	return count
}

// getRoutes returns a path for each route that takes GET.
func getRoutes(t *testing.T, a *handlerstest.App) (paths []string) {
	t.Helper()
	filled := strings.NewReplacer("{provider}", "asgardeo", "{group}", "admins", "*", "app.css")
	err := chi.Walk(a.Handler().(*handlers.App).Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == http.MethodGet {
			paths = append(paths, filled.Replace(route))
		}
		return nil
	})
	if err != nil || len(paths) < 10 {
		t.Fatalf("the routes that take GET: got %q and error %v", paths, err)
	}
	return paths
}

// cookieHeader is what a browser sends to the app.
func cookieHeader(a *handlerstest.App, b *authtest.Browser) string {
	r := httptest.NewRequest(http.MethodGet, a.URL, nil)
	r.Header.Del("Cookie")
	for _, c := range a.Cookies(b) {
		r.AddCookie(c)
	}
	return r.Header.Get("Cookie")
}

// A proxy considers the response to HEAD complete after the header, and sends the
// next request on the same connection (RFC 9110 section 9.3.2): no handler may still
// run then.
func TestHEADDoesNotBlockTheConnection(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	paths, cookies := getRoutes(t, a), cookieHeader(a, b)
	underWay := countPending(a)
	for _, path := range paths {
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(2 * time.Minute))
		fmt.Fprintf(conn, "HEAD %s HTTP/1.1\r\nHost: app\r\nCookie: %s\r\n\r\n", path, cookies)
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: app\r\n\r\n")
		answers := bufio.NewReader(conn)
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			resp, err := http.ReadResponse(answers, &http.Request{Method: method})
			if err != nil {
				t.Fatalf("HEAD %s, and GET /healthz on the same connection: no answer to %s: %v", path, method, err)
			}
			if method == http.MethodGet && resp.StatusCode != http.StatusOK {
				t.Errorf("GET /healthz after HEAD %s: got status %d, want 200", path, resp.StatusCode)
			}
		}
	}
	handlerstest.Eventually(t, "no handler is at work", func() bool { return underWay.Load() == 0 })
}

// A proxy must not reuse the connection of a stream.
func TestStreamsCloseTheirConnection(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	cookies, underWay := cookieHeader(a, b), countPending(a)
	for _, version := range []string{"1.1", "1.0"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(2 * time.Minute))
		fmt.Fprintf(conn, "GET /api/auth/events HTTP/%s\r\nHost: app\r\nCookie: %s\r\n\r\n", version, cookies)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusOK || !resp.Close {
			t.Errorf("HTTP/%s: got %v and error %v, want a stream whose connection is closed afterwards", version, resp, err)
		}
		conn.Close()
	}
	handlerstest.Eventually(t, "no stream is left", func() bool { return underWay.Load() == 0 })
}
