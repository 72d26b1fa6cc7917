package handlers_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// At every level, the log contains neither names nor e-mail addresses.
func TestLogContainsNoPersonalData(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	for _, path := range []string{"/profile", "/?login_hint=ada@example.com", "/api/auth/callback/asgardeo?state=x&login_hint=ada@example.com", "/no-page/ada@example.com"} {
		b.Get(a.URL + path)
	}
	b.Post(a.URL+"/api/auth/signin/asgardeo", map[string][]string{"login_hint": {"ada@example.com"}})
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["aud"] = "another" }) // a sign-in that fails
	a.TrySignIn(b)
	b.Post(a.URL+"/api/auth/signout", nil)
	for line := range strings.Lines(a.Log.String()) {
		for _, personal := range []string{"ada@", "Ada", "Lovelace"} {
			if strings.Contains(line, personal) {
				t.Errorf("the log has %q:\n%s", personal, line)
			}
		}
	}
}

// A panic in the middle of a page ends the connection: otherwise a browser or a program
// would take what has been sent, and an error page after it, for the whole.
func TestPanicInTheMiddleOfAPageEndsTheConnection(t *testing.T) {
	t.Parallel()
	for name, level := range map[string]slog.Level{"with an access log": slog.LevelInfo, "without": slog.LevelError} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := new(handlerstest.LogBuffer)
			a := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) {
				c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level}))
			})
			a.SetHandler(a.NewHandlers(t).Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, "id,amount\n1,100\n")
				panic("in the middle")
			})))
			resp, err := authtest.NewBrowser(t).Client.Get(a.URL + "/export.csv")
			if err == nil {
				var body []byte
				body, err = io.ReadAll(resp.Body)
				resp.Body.Close()
				if strings.Contains(string(body), "<html") {
					t.Errorf("got an error page in the middle of\n%.300s", body)
				}
			}
			if err == nil || !strings.Contains(log.String(), "handler panicked") {
				t.Errorf("got error %v, want one, and the panic in the log:\n%s", err, log)
			}
		})
	}
}

// A handler that writes nothing is logged with the status that net/http sends for it.
func TestLogHasStatusOfEmptyResponse(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	a.SetHandler(a.NewHandlers(t).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	if got := authtest.NewBrowser(t).Get(a.URL + "/ping").StatusCode; got != http.StatusOK {
		t.Fatalf("got status %d, want 200", got)
	}
	handlerstest.Eventually(t, "the request in the log with its status", func() bool { return strings.Contains(a.Log.String(), `"status":200`) })
}
