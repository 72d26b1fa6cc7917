package auth_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/version"
	"latchkey/handlers/handlerstest"
)

// Responses with valid content in an unusual form are accepted.
func TestProviderResponseAcceptedInUnusualForm(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]authtest.Fault{
		"a byte order mark (RFC 8259 8.1)": withByteOrderMark,
		"JSON as text/plain":               authtest.ContentType("text/plain; charset=utf-8"),
		"JSON as a form":                   authtest.ContentType("application/x-www-form-urlencoded"),
		"JSON as bytes":                    authtest.ContentType("application/octet-stream"),
		"no content type":                  authtest.ContentType(""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claims(handlerstest.DropNames)(a) // so that userinfo is requested
			for _, e := range []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint, authtest.TokenEndpoint, authtest.UserinfoEndpoint} {
				a.Provider.Handle(e, f)
			}
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			if got := a.UserName(b); got != authtest.Ada.Name() {
				t.Errorf("signed in as %q, want %q; log:\n%s", got, authtest.Ada.Name(), a.Log)
			}
		})
	}
}

// withByteOrderMark adds a byte order mark to the valid response.
func withByteOrderMark(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&byteOrderMarkWriter{ResponseWriter: w}, r)
	})
}

type byteOrderMarkWriter struct {
	http.ResponseWriter
	started bool
}

func (w *byteOrderMarkWriter) Write(p []byte) (int, error) {
	if !w.started {
		w.started = true
		if _, err := w.ResponseWriter.Write([]byte("\xef\xbb\xbf")); err != nil {
			return 0, err
		}
	}
	return w.ResponseWriter.Write(p)
}

// wrongAnswer is an invalid response, and the refusal that it causes at the
// discovery, JWKS and token endpoints.
type wrongAnswer struct {
	name                   string
	fault                  authtest.Fault
	discovery, keys, token refusal
}

func TestProviderResponseRefused(t *testing.T) {
	t.Parallel()
	target := startRedirectTarget(t)
	for _, w := range []wrongAnswer{
		{"a 500", authtest.Status(500), unavailable("answered 500"), unavailable("answered 500"), unavailable("failed (500")},
		{"a 503", authtest.Status(503), unavailable("answered 503"), unavailable("answered 503"), unavailable("failed (503")},
		{"a 404", authtest.Status(404), fault("answered 404"), fault("answered 404"), fault("refused (404")},
		{"a 204", authtest.Status(204), fault("answered 204"), fault("answered 204"), fault("")},
		{"an HTML page (Discovery 4.2)", authtest.HTML, fault("HTML page"), fault("HTML page"), fault("")},
		{"the valid response as HTML", authtest.ContentType("text/html"), fault("HTML page"), fault("HTML page"), refusal{}},
		{"an empty body", message(""), fault("not the expected JSON"), fault("not the expected JSON"), fault("not the expected JSON")},
		{"an array", message(`["evil"]`), fault("not the expected JSON"), fault("not the expected JSON"), fault("not the expected JSON")},
		{"null", message(`null`), refusal{502, auth.Misconfigured, "calls itself"}, fault("does not publish"), fault("has no access_token")},
		{"a truncated response", authtest.Cut, unavailable("unexpected EOF"), unavailable("unexpected EOF"), unavailable("unexpected EOF")},
		{"a closed connection", handlerstest.DropConnection, unavailable("EOF"), unavailable("EOF"), unavailable("EOF")},
		{"50 MB", authtest.Huge(50 << 20), fault("longer than"), fault("longer than"), fault("longer than")},
		{"50 MB, compressed", compressedHuge, fault("longer than"), fault("longer than"), fault("longer than")},
		{"1 MB of headers", hugeHeader, unavailable("malformed"), unavailable("malformed"), unavailable("malformed")},
		{"a redirect to another host (RFC 9700 4.12)", authtest.RedirectTo(target.URL), fault("is a redirect"), fault("is a redirect"), fault("is a redirect")},
		{"a redirect loop", handlerstest.RedirectLoop, fault("is a redirect"), fault("is a redirect"), fault("is a redirect")},
	} {
		w.at(t, authtest.DiscoveryEndpoint, w.discovery)
		w.at(t, authtest.JWKSEndpoint, w.keys)
		w.at(t, authtest.TokenEndpoint, w.token)
	}
}

// at makes an endpoint return the invalid response to the first sign-in; metadata
// and keys are cached afterwards.
func (w wrongAnswer) at(t *testing.T, e authtest.Endpoint, want refusal) {
	if want.code == "" {
		return // valid at this endpoint
	}
	t.Run(w.name+" at "+string(e), func(t *testing.T) {
		t.Parallel()
		a := handlerstest.Start(t)
		b := authtest.NewBrowser(t)
		a.Provider.Handle(e, w.fault)
		assertRefused(t, a, a.TrySignIn(b), want)
		if got := a.Identity(b); got != "null\n" {
			t.Errorf("the session afterwards: got %s, want none", got)
		}
		a.Provider.Reset()
		if e == authtest.DiscoveryEndpoint {
			assertSignInWorksSoon(t, a, b)
		}
		a.AssertSignInWorks(t, b)
	})
}

func unavailable(cause string) refusal { return refusal{503, auth.ProviderUnavailable, cause} }

func fault(cause string) refusal { return refusal{502, auth.ProviderFault, cause} }

func message(body string) authtest.Fault { return authtest.Answer(200, "application/json", body) }

func hugeHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Evil", strings.Repeat("evil", 1<<18))
		next.ServeHTTP(w, r)
	})
}

// compressedHuge returns 50 MB in a small gzip body.
func compressedHuge(http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(compressed())
	})
}

// compressed is 50 MB of blanks: a member of 1 MB, repeated (RFC 1952 section 2.2).
var compressed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(bytes.Repeat([]byte(" "), 1<<20))
	z.Close()
	return bytes.Repeat(b.Bytes(), 50)
})

// startRedirectTarget starts a host that must not receive a request.
func startRedirectTarget(t *testing.T) *httptest.Server {
	t.Helper()
	var visits atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	t.Cleanup(func() {
		target.Close()
		if got := visits.Load(); got != 0 {
			t.Errorf("the redirect's target got %d requests, want none", got)
		}
	})
	return target
}

// Every outgoing request has a User-Agent that names this app.
func TestOutgoingRequestsSendUserAgent(t *testing.T) {
	t.Parallel()
	a, b := handlerstest.Start(t), authtest.NewBrowser(t)
	var mu sync.Mutex
	agents := map[authtest.Endpoint]string{}
	all := []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint, authtest.TokenEndpoint, authtest.UserinfoEndpoint, authtest.RevocationEndpoint}
	for _, e := range all {
		a.Provider.Handle(e, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				agents[e] = r.UserAgent()
				mu.Unlock()
				next.ServeHTTP(w, r)
			})
		})
	}
	a.SignIn(t, b, authtest.Ada)
	b.Get(handlerstest.StartAPI(t, a, 1).Replicas[0].URL)
	b.Post(a.URL+"/api/auth/signout", nil)
	a.Auth.Close()
	mu.Lock()
	defer mu.Unlock()
	for _, e := range all {
		if agents[e] != version.UserAgent {
			t.Errorf("at the %s endpoint: got User-Agent %q, want %q", e, agents[e], version.UserAgent)
		}
	}
}
