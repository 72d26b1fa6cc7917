package e2e

import (
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"latchkey/auth/authtest"
)

// behindProxy starts a program behind a proxy, and returns a function that
// sets a fault of the proxy. nil removes it.
func behindProxy(tb testing.TB) (*program, func(authtest.Fault)) {
	tb.Helper()
	p := newProgram(tb)
	between := p.proxied(tb)
	p.start(tb)
	return p, between
}

// proxied puts a proxy in front of a program that is not started yet.
func (p *program) proxied(tb testing.TB) (between func(authtest.Fault)) {
	tb.Helper()
	inside, err := url.Parse(p.URL)
	if err != nil {
		tb.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(inside)
	forward.ErrorLog = stdlog.New(io.Discard, "", 0) // no upstream until the program listens
	var fault atomic.Pointer[authtest.Fault]
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler := http.Handler(forward)
		if f := fault.Load(); f != nil {
			handler = (*f)(forward)
		}
		handler.ServeHTTP(w, r)
	}))
	tb.Cleanup(func() {
		p.stop(tb) // which ends event streams, for which Close would wait
		proxy.CloseClientConnections()
		proxy.Close()
	})
	p.URL, p.Env["AUTH_URL"] = proxy.URL, proxy.URL
	p.register()
	return func(f authtest.Fault) {
		if fault.Store(&f); f == nil {
			fault.Store(nil)
		}
	}
}

// headerEditor is a ResponseWriter that edits the header before it is sent.
type headerEditor struct {
	http.ResponseWriter
	edit func(http.Header)
}

func (w headerEditor) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w headerEditor) WriteHeader(status int) {
	w.edit(w.Header())
	w.ResponseWriter.WriteHeader(status)
}
