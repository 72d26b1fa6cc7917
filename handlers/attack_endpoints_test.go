package handlers_test

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
)

// wrongAnswer is an answer that no endpoint may give, and what becomes of a
// sign-in that gets it from discovery, from the keys or from the token endpoint.
type wrongAnswer struct {
	name                   string
	fault                  authtest.Fault
	discovery, keys, token refusal
}

func TestWrongAnswers(t *testing.T) {
	t.Parallel()
	thief := newThief(t)
	for _, w := range []wrongAnswer{
		{"a 500", authtest.Status(500), unavailable("answered 500"), unavailable("answered 500"), unavailable("failed (500")},
		{"a 503", authtest.Status(503), unavailable("answered 503"), unavailable("answered 503"), unavailable("failed (503")},
		{"a 404", authtest.Status(404), fault("answered 404"), fault("answered 404"), fault("refused (404")},
		{"a 204", authtest.Status(204), fault("answered 204"), fault("answered 204"), fault("")},
		{"an HTML page (Discovery 4.2)", authtest.HTML, fault("HTML page"), fault("HTML page"), fault("")},
		{"the true answer as HTML", authtest.ContentType("text/html"), fault("HTML page"), fault("HTML page"), refusal{}},
		{"nothing at all", message(""), fault("not the JSON"), fault("not the JSON"), fault("not the JSON")},
		{"an array", message(`["evil"]`), fault("not the JSON"), fault("not the JSON"), fault("not the JSON")},
		{"null", message(`null`), refusal{502, auth.Misconfigured, "calls itself"}, fault("does not publish"), fault("not the JSON")},
		{"half an answer", authtest.Cut, unavailable("unexpected EOF"), unavailable("unexpected EOF"), unavailable("unexpected EOF")},
		{"a connection that is closed", dropped, unavailable("EOF"), unavailable("EOF"), unavailable("EOF")},
		{"50 MB", authtest.Huge(50 << 20), fault("longer than"), fault("longer than"), fault("longer than")},
		{"50 MB, compressed", bomb, fault("longer than"), fault("longer than"), fault("longer than")},
		{"1 MB of header", fatHeader, unavailable("header"), unavailable("header"), unavailable("header")},
		{"a redirect to another host (RFC 9700 4.12)", authtest.RedirectTo(thief.URL), fault("is a redirect"), fault("is a redirect"), fault("is a redirect")},
		{"a redirect without end", circle, fault("is a redirect"), fault("is a redirect"), fault("is a redirect")},
	} {
		w.at(t, authtest.DiscoveryEndpoint, w.discovery)
		w.at(t, authtest.JWKSEndpoint, w.keys)
		w.at(t, authtest.TokenEndpoint, w.token)
	}
}

// at has an endpoint give the wrong answer. Discovery and keys are remembered,
// so that only somebody who comes first meets what is wrong with them.
func (w wrongAnswer) at(t *testing.T, e authtest.Endpoint, want refusal) {
	if want.code == "" {
		return // not wrong at this endpoint
	}
	t.Run(w.name+" at "+string(e), func(t *testing.T) {
		t.Parallel()
		a := start(t)
		b := authtest.NewBrowser(t)
		a.Provider.Handle(e, w.fault)
		a.refused(t, a.attempt(b), want)
		if got := a.identity(b); got != "null\n" {
			t.Errorf("afterwards this browser is %s, want nobody", got)
		}
		a.Provider.Reset()
		if e == authtest.DiscoveryEndpoint {
			a.signsInSoon(t, b)
		}
		a.signsIn(t, b)
	})
}

// Who is signed in stays so, whatever the token endpoint answers.
func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	refuses := func(code string) func(*app) {
		return func(a *app) {
			a.Provider.Handle(authtest.TokenEndpoint, authtest.Answer(400, "application/json", `{"error":"`+code+`","error_description":"<b>evil</b>"}`))
		}
	}
	for _, at := range []attack{
		{"RFC 6749 5.2, invalid_grant", refuses("invalid_grant"), refusal{400, auth.ProviderRefused, "invalid_grant"}},
		{"RFC 6749 5.2, invalid_client", refuses("invalid_client"), refusal{502, auth.Misconfigured, "invalid_client"}},
		{"RFC 6749 5.2, unauthorized_client", refuses("unauthorized_client"), refusal{502, auth.Misconfigured, "unauthorized_client"}},
		{"RFC 6749 5.2, invalid_request", refuses("invalid_request"), fault("invalid_request")},
		{"RFC 6749 5.2, an error of its own making", refuses("evil"), fault("evil")},
		{"RFC 6749 5.2, an error with 200", func(a *app) {
			a.Provider.Handle(authtest.TokenEndpoint, message(`{"error":"evil","error_description":"<b>evil</b>"}`))
		}, fault("evil")},
		{"RFC 6749 5.1, no access token", tokenResponse(func(doc map[string]any) { delete(doc, "access_token") }), fault("access_token")},
		{"Core 3.1.3.3, token_type mac", tokenResponse(func(doc map[string]any) { doc["token_type"] = "evil-mac" }), fault("token_type")},
		{"Core 3.1.3.8, another access token", tokenResponse(func(doc map[string]any) { doc["access_token"] = "evil-token" }), fault("at_hash")},
		{"RFC 9700 4.12, a redirect keeps the code at home", func(a *app) { a.Provider.Handle(authtest.TokenEndpoint, circle) }, fault("is a redirect")},
	} {
		at.run(t)
	}
}

func unavailable(cause string) refusal { return refusal{503, auth.ProviderUnavailable, cause} }

func fault(cause string) refusal { return refusal{502, auth.ProviderFault, cause} }

func message(body string) authtest.Fault { return authtest.Answer(200, "application/json", body) }

func dropped(http.Handler) http.Handler {
	return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

func circle(http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	})
}

func fatHeader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Evil", strings.Repeat("evil", 1<<18))
		next.ServeHTTP(w, r)
	})
}

// bomb is small on the wire.
func bomb(http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(compressed())
	})
}

// compressed is 50 MB of blanks: one MB, again and again, which gzip reads as
// one (RFC 1952 section 2.2).
var compressed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(bytes.Repeat([]byte(" "), 1<<20))
	z.Close()
	return bytes.Repeat(b.Bytes(), 50)
})

// newThief is a host to which no request of ours may ever go.
func newThief(t *testing.T) *httptest.Server {
	t.Helper()
	var visits atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	t.Cleanup(func() {
		thief.Close()
		if got := visits.Load(); got != 0 {
			t.Errorf("the host to which we were redirected got %d requests, want none", got)
		}
	})
	return thief
}
