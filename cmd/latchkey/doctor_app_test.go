package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/doctor"
)

// behind puts a proxy in front of a program that is not started yet. The proxy's own
// address at the program is 127.0.9.1.
func (p *program) behind(tb testing.TB, change func(*httputil.ReverseProxy)) {
	tb.Helper()
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 9, 1)}}).DialContext},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(p.local())
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"] // SetXForwarded appends
			r.SetXForwarded()
		},
	}
	change(proxy)
	p.serve(tb, httptest.NewServer(proxy))
}

// local returns the program's own address.
func (p *program) local() *url.URL {
	return &url.URL{Scheme: "http", Host: "127.0.0.1:" + p.Env["PORT"]}
}

// serve makes a server the program's public URL.
func (p *program) serve(tb testing.TB, server *httptest.Server) {
	tb.Helper()
	tb.Cleanup(server.Close)
	p.Env["AUTH_URL"] = server.URL
	p.Provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, RedirectURIs: []string{server.URL + "/api/auth/callback/asgardeo"}})
}

// onResponse changes the responses of a path.
func onResponse(path string, change func(*http.Response) error) func(*httputil.ReverseProxy) {
	return func(proxy *httputil.ReverseProxy) {
		proxy.ErrorLog = nil
		proxy.ModifyResponse = func(resp *http.Response) error {
			if !strings.HasPrefix(resp.Request.URL.Path, path) {
				return nil
			}
			return change(resp)
		}
	}
}

func onHeader(path string, change func(http.Header)) func(*httputil.ReverseProxy) {
	return onResponse(path, func(resp *http.Response) error {
		change(resp.Header)
		return nil
	})
}

// buffered reads a whole response before it passes it on.
func buffered(resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return err
}

// smallBuffers refuses long headers, as a proxy does whose buffer is too small.
func smallBuffers(resp *http.Response) error {
	if len(resp.Header.Get("Set-Cookie"))+len(resp.Header.Get("Location")) > 2000 {
		return errors.New("upstream sent too big header")
	}
	return nil
}

func replaced(status int, body string) func(*http.Response) error {
	return func(resp *http.Response) error {
		resp.StatusCode, resp.Body = status, io.NopCloser(strings.NewReader(body))
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		return nil
	}
}

// forwarding replaces X-Forwarded-For.
func forwarding(value func(*http.Request) []string) func(*httputil.ReverseProxy) {
	return func(proxy *httputil.ReverseProxy) {
		rewrite := proxy.Rewrite
		proxy.Rewrite = func(r *httputil.ProxyRequest) {
			rewrite(r)
			r.Out.Header.Del("X-Forwarded-For")
			if values := value(r.In); values != nil {
				r.Out.Header["X-Forwarded-For"] = values
			}
		}
	}
}

func unchanged(*httputil.ReverseProxy) {}

func TestDoctorFindsProxyFault(t *testing.T) {
	t.Parallel()
	const form, events = "/api/auth/signin/", "/api/auth/events"
	passedOn := func(r *http.Request) []string { return r.Header["X-Forwarded-For"] }
	none := func(*http.Request) []string { return nil }
	proxy := map[string]string{"TRUSTED_PROXIES": "127.0.9.1"}
	tests := []struct {
		fault  string
		cause  func(*httputil.ReverseProxy)
		env    map[string]string
		name   string
		status doctor.Status
		detail string
		remedy string
	}{
		{"none", unchanged, proxy, "client address", doctor.OK, "127.0.0.0/24", ""},
		{"another site", onResponse("/", replaced(200, "Welcome to nginx!")), nil, "AUTH_URL", doctor.Error, "not the app's", "pass all paths"},
		{"the app does not run", onResponse("/", replaced(502, "Bad Gateway")), nil, "AUTH_URL", doctor.Warning, "502", "Start the app"},
		{"the app is not ready", onResponse("/readyz", replaced(503, `{"store":"unreachable"}`)), nil, "readiness", doctor.Error, "store unreachable", "SESSION_STORE"},
		{"the app does not reach its provider", onResponse("/readyz", replaced(200, `{"provider asgardeo":"unreachable"}`)), nil, "readiness", doctor.Warning, "asgardeo", "HTTPS_PROXY"},
		{"a header is removed", onHeader("/", func(h http.Header) { h.Del("Content-Security-Policy") }), nil, "response headers", doctor.Warning, "Content-Security-Policy is missing", "add none"},
		{"a header comes twice", onHeader("/", func(h http.Header) { h.Add("Referrer-Policy", "no-referrer") }), nil, "response headers", doctor.Warning, "Referrer-Policy comes twice", "add none"},
		{"a header is replaced", onHeader("/", func(h http.Header) { h.Set("Cache-Control", "max-age=60") }), nil, "response headers", doctor.Warning, "Cache-Control is another one", "as they are"},
		{"a cache", onHeader("/", func(h http.Header) { h.Set("Age", "7") }), nil, "response headers", doctor.Warning, "cache", "as they are"},
		{"cookies are removed", onHeader(form, func(h http.Header) { h.Del("Set-Cookie") }), nil, "sign-in form", doctor.Error, "does not arrive", "Set-Cookie"},
		{"cookies are changed", onHeader(form, func(h http.Header) { h.Set("Set-Cookie", strings.ReplaceAll(h.Get("Set-Cookie"), "; HttpOnly", "")) }), nil, "sign-in form", doctor.Error, "other attributes", "Set-Cookie"},
		{"Location is changed", onHeader(form, func(h http.Header) {
			h.Set("Location", strings.ReplaceAll(h.Get("Location"), "redirect_uri=http", "redirect_uri=https"))
		}), nil, "sign-in form", doctor.Error, "another redirect URI", "Location"},
		{"small header buffers", onResponse(form, smallBuffers), nil, "sign-in form", doctor.Error, "502", "header buffers"},
		{"Origin is removed", onResponse(form, replaced(403, "")), nil, "sign-in form", doctor.Error, "another site's", "Origin"},
		{"too many sign-ins", onResponse(form, replaced(429, "")), nil, "sign-in form", doctor.Warning, "AUTH_RATE_LIMIT", "Wait"},
		{"cookies do not reach the app", onResponse("/api/auth/session", replaced(200, "null")), nil, "sessions", doctor.Error, "does not know", "AUTH_SECRET"},
		{"requests with a session fail", onResponse("/api/auth/session", replaced(500, "")), nil, "sessions", doctor.Error, "failed", "logs"},
		{"events are buffered", onResponse(events, buffered), nil, "event stream", doctor.Error, "holds the stream back", "X-Accel-Buffering"},
		{"events are not passed on", onResponse(events, replaced(404, "")), nil, "event stream", doctor.Error, "404", "event streams"},
		{"X-Forwarded-For is passed on", forwarding(passedOn), proxy, "client address", doctor.Error, "can choose", "proxy_add_x_forwarded_for"},
		{"no X-Forwarded-For", forwarding(none), proxy, "client address", doctor.Warning, "only the proxy", "X-Forwarded-For"},
		{"the proxy is not trusted", unchanged, map[string]string{"TRUSTED_PROXIES": "10.0.0.0/8"}, "client address", doctor.Warning, "127.0.9.0/24", "TRUSTED_PROXIES"},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			p.behind(t, test.cause)
			for name, value := range test.env {
				p.Env[name] = value
			}
			p.start(t)
			checks, _ := examine(t, p.environ())
			got := checks["app: "+test.name]
			if got.Status != test.status || !strings.Contains(got.Detail, test.detail) || !strings.Contains(got.Remedy, test.remedy) {
				t.Errorf("%s: got %+v, want %s with %q and the remedy %q", test.name, got, test.status, test.detail, test.remedy)
			}
		})
	}
}

// A certificate that no browser trusts is an error, and not an app that does not run.
func TestDoctorFindsUntrustedCertificate(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	server.StartTLS()
	p.serve(t, server)
	checks, _ := examine(t, p.environ())
	if got := checks["app: AUTH_URL"]; got.Status != doctor.Error || !strings.Contains(got.Detail, "certificate") || !strings.Contains(got.Remedy, "SSL_CERT_FILE") {
		t.Errorf("got %+v, want an error about the certificate", got)
	}
}

// The app must have the environment that is checked.
func TestDoctorFindsAppWithOtherEnvironment(t *testing.T) {
	t.Parallel()
	tests := []struct{ variable, value, name, detail string }{
		{"AUTH_SECRET", "another secret of 32 bytes, or more", "sessions", "does not know a session"},
		{"SESSION_STORE", "memory:", "sessions", "does not know a session"},
		{"AUTH_ASGARDEO_ID", "another-client", "sign-in form", "another client ID"},
	}
	for _, test := range tests {
		t.Run(test.variable, func(t *testing.T) {
			t.Parallel()
			p := newProgram(t)
			environ := p.environ()
			p.restart(t) // creates the store
			p.Env[test.variable] = test.value
			p.restart(t)
			checks, status := examine(t, environ)
			if got := checks["app: "+test.name]; got.Status != doctor.Error || !strings.Contains(got.Detail, test.detail) || status != 2 {
				t.Errorf("got %+v and exit status %d, want an error with %q, and 2", got, status, test.detail)
			}
		})
	}
}

// One of two replicas has another secret.
func TestDoctorFindsReplicasThatDiffer(t *testing.T) {
	t.Parallel()
	one, other := newProgram(t), newProgram(t)
	var turn atomic.Int64
	one.behind(t, func(proxy *httputil.ReverseProxy) {
		rewrite := proxy.Rewrite
		proxy.Rewrite = func(r *httputil.ProxyRequest) {
			if rewrite(r); turn.Add(1)%2 == 0 {
				r.Out.URL.Host = other.local().Host
			}
		}
	})
	for _, name := range []string{"AUTH_URL", "SESSION_STORE", "AUTH_ASGARDEO_ISSUER"} {
		other.Env[name] = one.Env[name]
	}
	other.Env["AUTH_SECRET"] = "another secret of 32 bytes, or more"
	one.start(t)
	other.start(t)
	checks, _ := examine(t, one.environ())
	if got := checks["app: sessions"]; got.Status != doctor.Error || !strings.Contains(got.Detail, "replicas differ") {
		t.Errorf("got %+v, want an error about replicas that differ", got)
	}
}

func TestDoctorReportsAppThatDoesNotRun(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	checks, status := examine(t, p.environ())
	if got := checks["app: AUTH_URL"]; got.Status != doctor.Warning || !strings.Contains(got.Remedy, "Start the app") || status != 1 {
		t.Errorf("got %+v and exit status %d, want a warning, and 1", got, status)
	}
	if got := checks["store: folder"]; got.Status != doctor.OK || !strings.Contains(got.Detail, "does not exist yet") {
		t.Errorf("the store: got %+v, want that the app will create it", got)
	}
}
