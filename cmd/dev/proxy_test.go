package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// startProxy starts a proxy in front of an app, and returns its URL.
func startProxy(tb testing.TB, app string) string {
	tb.Helper()
	u, err := url.Parse(app)
	if err != nil {
		tb.Fatal(err)
	}
	proxy := httptest.NewServer(newProxy(u.Port(), "1"))
	tb.Cleanup(proxy.Close)
	return proxy.URL
}

func get(tb testing.TB, url string, accept string) (*http.Response, string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), "GET", url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return response, string(body)
}

func TestProxyAddsReloadScriptToPages(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, contentType, body, want string }{
		{"a page", "text/html; charset=utf-8", "<body><p>hello</p></body></html>", "<body><p>hello</p>" + reloadScript + "</body></html>"},
		{"a fragment", "text/html; charset=utf-8", "<p>hello</p>", "<p>hello</p>"},
		{"a script", "text/javascript", "'</body>'", "'</body>'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", test.contentType)
				io.WriteString(w, test.body)
			}))
			defer app.Close()
			_, got := get(t, startProxy(t, app.URL), "text/html")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("through the proxy (-want +got):\n%s", diff)
			}
		})
	}
}

// The app receives each request once and unchanged: its 502 page is meant for
// the person.
func TestProxyForwardsRequestsOnceAndUnchanged(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprintf(w, "%s %s forwarded:%q", r.Host, r.RequestURI, r.Header["X-Forwarded-For"])
	}))
	defer app.Close()
	proxy := startProxy(t, app.URL)
	response, got := get(t, proxy+"/a//b?c=%20d", "*/*")
	if response.StatusCode != http.StatusBadGateway || requests.Load() != 1 {
		t.Errorf("an app that answers 502: got status %d after %d requests, want 502 after one", response.StatusCode, requests.Load())
	}
	if want := strings.TrimPrefix(proxy, "http://") + " /a//b?c=%20d forwarded:[]"; got != want {
		t.Errorf("the app received: got %s, want %s", got, want)
	}
}

func TestProxyWaitsForTheApp(t *testing.T) {
	t.Parallel()
	address := net.JoinHostPort("localhost", freePort("0"))
	proxy := startProxy(t, "http://"+address)
	arrived := make(chan struct{})
	before := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		http.Redirect(w, r, proxy, http.StatusFound)
	}))
	defer before.Close()
	go func() {
		<-arrived
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Errorf("the app cannot start: %v", err)
			return
		}
		app := httptest.NewUnstartedServer(http.NotFoundHandler())
		app.Listener.Close()
		app.Listener = listener
		app.Start()
		t.Cleanup(app.Close)
	}()
	if response, body := get(t, before.URL, "text/html"); response.StatusCode != http.StatusNotFound {
		t.Errorf("a request before the app is up: got status %d %q, want the app's 404", response.StatusCode, body)
	}
}
