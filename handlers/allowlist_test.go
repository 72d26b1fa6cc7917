package handlers_test

import (
	"crypto/rand"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// outsideNames are common names of secrets, and some unknown names.
var outsideNames = []string{
	"access_token", "id_token", "refresh_token", "token", "bearer", "jwt", "assertion", "client_assertion", "client_secret", "code_verifier",
	"code_challenge", "response", "request", "request_uri", "session_state", "session", "sid", "nonce", "login_hint", "id_token_hint",
	"logout_token", "subject_token", "actor_token", "device_code", "user_code", "otp", "password", "passwd", "secret", "api_key", "apikey",
	"key", "credential", "ticket", "SAMLResponse", "RelayState", "x-amz-security-token", "authorization", "cookie", "scope", "token_type",
	"expires_in", "error_uri", "acr", "amr", "auth_time", "aud", "azp", "exp", "iat", "jti", "redirect_uri", "client_id", "to", "from", "took",
	"signature", "other parameters", "steps", "path", "method", "reference", "ACCESS_TOKEN", "Access_Token", "access_token[]", "a", "?", "π",
}

// Only input on an allowlist is shown. Each place below sends a unique value under
// every name; afterwards, no value is in the log (at debug level), on a page, in a
// header, in an event or in the database.
func TestOnlyAllowlistedInputIsShown(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "latchkey.db")
	a := handlerstest.StartOn(t, handlerstest.OpenStore(t, "sqlite:"+file), askingFor("openid", "profile", "internal_login"))
	l := watchSecrets(a)
	for name, send := range outsidePlaces {
		b := authtest.NewBrowser(t)
		b.Client.Transport = l
		send(t, a, &outsideInput{l, name}, b)
		a.Provider.Reset()
		l.watch()
	}
	a.Auth.Close() // what runs in the background logs too

	l.areNotIn(t, "the log", a.Log.String())
	for _, response := range l.responses {
		_, answer, _ := strings.Cut(response, ": ") // after the method and the path
		l.areNotIn(t, "a response", html.UnescapeString(answer))
	}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(file + suffix)
		if err != nil {
			t.Fatal(err)
		}
		l.areNotIn(t, "the database file"+suffix, string(content))
	}
}

// outsideInput makes unique values.
type outsideInput struct {
	*secretList
	place string
}

func (o *outsideInput) value(name string) string {
	value := rand.Text()
	o.note("what came as "+name+" ("+o.place+")", value)
	return value
}

// query has a value for every name except some, and one unique name.
func (o *outsideInput) query(but ...string) url.Values {
	query := url.Values{o.value("a name"): {o.value("its value")}}
	for _, name := range outsideNames {
		if !slices.Contains(but, name) {
			query.Set(name, o.value(name))
		}
	}
	return query
}

func (o *outsideInput) addTo(doc map[string]any, but ...string) {
	for name, values := range o.query(but...) {
		doc[name] = values[0]
	}
}

// profile requests the pages that show most.
func (o *outsideInput) profile(a *handlerstest.App, b *authtest.Browser) {
	for _, path := range []string{"/", "/profile", "/api/auth/session", "/readyz", "/healthz"} {
		b.Get(a.URL + path)
	}
}

// A panic is logged with its stack, without its value, which may contain secrets.
func TestPanicValueIsNotShown(t *testing.T) {
	t.Parallel()
	secret := rand.Text()
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		return app.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(secret) }))
	})
	page := authtest.NewBrowser(t).Get(a.URL)
	if log := a.Log.String(); page.StatusCode != http.StatusInternalServerError || strings.Contains(page.Text+log, secret) || !strings.Contains(log, "TestPanicValueIsNotShown") {
		t.Errorf("a panic: got status %d, want 500 and a stack without the panic's value; log:\n%s", page.StatusCode, log)
	}
}
