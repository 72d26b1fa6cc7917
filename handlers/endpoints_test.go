package handlers_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"latchkey/auth/authtest"
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
