package handlers_test

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
)

// Answers that say what they have to, in a form that nobody would choose: none of
// it keeps anybody out.
func TestAnswersInAnOddForm(t *testing.T) {
	t.Parallel()
	endpoints := []authtest.Endpoint{authtest.DiscoveryEndpoint, authtest.JWKSEndpoint, authtest.TokenEndpoint, authtest.UserinfoEndpoint}
	for name, f := range map[string]authtest.Fault{
		"a byte order mark (RFC 8259 8.1)": marked,
		"JSON as text/plain":               authtest.ContentType("text/plain; charset=utf-8"),
		"JSON as a form":                   authtest.ContentType("application/x-www-form-urlencoded"),
		"JSON as bytes":                    authtest.ContentType("application/octet-stream"),
		"no content type":                  authtest.ContentType(""),
	} {
		for _, e := range endpoints {
			t.Run(name+" at "+string(e), func(t *testing.T) {
				t.Parallel()
				a := start(t)
				a.Provider.EditIDToken(func(_, claims map[string]any) { nameless(claims) }) // so that userinfo is asked
				a.Provider.Handle(e, f)
				b := authtest.NewBrowser(t)
				a.signsIn(t, b)
				if got := a.person(b); got != authtest.Ada.Name() {
					t.Errorf("signed in as %q, want %q; log:\n%s", got, authtest.Ada.Name(), a.Log)
				}
			})
		}
	}
}

// marked puts a byte order mark before the true answer.
func marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&markedWriter{ResponseWriter: w}, r)
	})
}

type markedWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *markedWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.begun = true
		if _, err := w.ResponseWriter.Write([]byte("\xef\xbb\xbf")); err != nil {
			return 0, err
		}
	}
	return w.ResponseWriter.Write(p)
}

// person is what /api/auth/session calls who is signed in.
func (a *app) person(b *authtest.Browser) string {
	var answer struct{ User struct{ Name string } }
	_ = json.Unmarshal([]byte(b.Get(a.URL+"/api/auth/session").Text), &answer) // null is nobody
	return answer.User.Name
}

// A certificate that is not to be believed is no outage that mends itself, and no
// wrong issuer: the log names the remedy.
func TestCertificateThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	provider := httptest.NewUnstartedServer(http.NotFoundHandler())
	provider.Config.ErrorLog = log.New(io.Discard, "", 0)
	provider.StartTLS()
	defer provider.Close()
	a := start(t, func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = provider.URL })
	page := authtest.NewBrowser(t).Post(a.URL+"/api/auth/signin/asgardeo", nil)
	a.refused(t, page, fault("SSL_CERT_FILE"))
	if cause := a.cause(referenceOn(page)); strings.Contains(cause, "discovery document") {
		t.Errorf("the log says %q, want nothing of the issuer", cause)
	}
}

// People take the address of one of the provider's pages for its issuer. Whatever
// answers there, the log asks whether it is the issuer, and names the variable.
func TestPageOfTheProviderForItsIssuer(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]http.HandlerFunc{
		"nothing":          http.NotFound,
		"a page":           func(w http.ResponseWriter, r *http.Request) { authtest.HTML(nil).ServeHTTP(w, r) },
		"a way to sign in": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
		"an error":         func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no client_id", http.StatusBadRequest) },
	} {
		provider := httptest.NewServer(page)
		t.Cleanup(provider.Close)
		a := start(t, func(c *auth.Config, _ *handlers.Config) { c.Providers[0].Issuer = provider.URL + "/oauth2/authorize" })
		answer := authtest.NewBrowser(t).Post(a.URL+"/api/auth/signin/asgardeo", nil)
		if cause := a.cause(referenceOn(answer)); answer.StatusCode != http.StatusBadGateway || !strings.Contains(cause, "is AUTH_ASGARDEO_ISSUER the provider's issuer?") {
			t.Errorf("%s: got status %d and %q in the log, want 502 and a question about the issuer", name, answer.StatusCode, cause)
		}
	}
}
