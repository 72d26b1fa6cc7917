package handlers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// secretList is every secret that a test has seen issued, and everything that
// the app has said meanwhile.
type secretList struct {
	mu      sync.Mutex
	app     *handlerstest.App
	secrets map[string]string // value → what it is
	said    []string          // bodies and headers, each with where it was said
}

// watchSecrets notes what the provider issues from now on.
func watchSecrets(a *handlerstest.App) *secretList {
	l := &secretList{app: a, secrets: map[string]string{}}
	l.note("AUTH_SECRET", a.AuthConfig.Secret)
	l.note("the client secret", authtest.ClientSecret)
	l.watch()
	return l
}

// watch turns the provider's knobs, which Reset has turned back.
func (l *secretList) watch() {
	p := l.app.Provider
	p.EditTokenResponse(l.noteTokens)
	p.EditCallback(func(query url.Values) { l.note("a code", query.Get("code")) })
	p.Handle(authtest.TokenEndpoint, l.listen)
	p.Handle(authtest.AuthorizationEndpoint, l.listen)
}

func (l *secretList) note(what, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(value) >= 12 { // shorter values are words, such as true
		l.secrets[value] = what
	}
}

// noteTokens takes ID tokens apart too: half of one is still a secret.
func (l *secretList) noteTokens(doc map[string]any) {
	for _, name := range []string{"access_token", "refresh_token", "id_token"} {
		token, _ := doc[name].(string)
		l.note("the "+name, token)
		if parts := strings.Split(token, "."); len(parts) == 3 {
			l.note("the payload of the "+name, parts[1])
			l.note("the signature of the "+name, parts[2])
		}
	}
}

// listen notes what the app sends to an endpoint.
func (l *secretList) listen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, _ := url.ParseQuery(string(body))
		for _, name := range []string{"code", "code_verifier", "refresh_token", "client_secret"} {
			l.note("a "+name, form.Get(name))
		}
		l.note("a state", r.URL.Query().Get("state"))
		l.note("a nonce", r.URL.Query().Get("nonce"))
		_, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		l.note("the client's credentials", credentials)
		next.ServeHTTP(w, r)
	})
}

// echo refuses a request in the words of the request: everything secret in it
// comes back in the error, as careless providers do it.
func (l *secretList) echo(status int) authtest.Fault {
	return func(http.Handler) http.Handler {
		return l.listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			form, _ := url.ParseQuery(string(body))
			words := r.Header.Get("Authorization")
			for _, values := range form {
				words = values[0] + " " + words
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Echo", words)
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant " + words, "error_description": words})
		}))
	}
}

// connections are not those of the default transport, which a server that
// closes takes with it.
var connections = http.DefaultTransport.(*http.Transport).Clone()

// RoundTrip stands between a browser and the app, and notes what is said.
func (l *secretList) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := connections.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.String(), l.app.URL) {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	for _, c := range resp.Cookies() {
		if c.Name != "latchkey.provider" {
			l.note("the cookie "+c.Name, c.Value)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	where := r.Method + " " + r.URL.Path + ": "
	l.said = append(l.said, where+string(body), where+l.ours(resp.Header))
	return resp, err
}

// ours is the headers that must hold no secret. The documented exceptions:
// Set-Cookie gives the browser its own cookies; Location and HX-Redirect carry
// state and nonce to the provider's endpoints, and the id_token_hint to its end
// session endpoint, and nowhere else.
func (l *secretList) ours(header http.Header) string {
	header = header.Clone()
	header.Del("Set-Cookie")
	for _, name := range []string{"Location", "Hx-Redirect"} {
		u, err := url.Parse(header.Get(name))
		if err != nil || !strings.HasPrefix(u.String(), l.app.Provider.URL) {
			continue
		}
		query := u.Query()
		query.Del("state")
		query.Del("nonce")
		if strings.HasPrefix(u.String(), l.app.Provider.Endpoint(authtest.EndSessionEndpoint)+"?") {
			query.Del("id_token_hint")
		}
		header.Set(name, query.Encode())
	}
	var text strings.Builder
	header.Write(&text)
	return text.String()
}

// areNotIn fails the test where a text holds a secret.
func (l *secretList) areNotIn(tb testing.TB, where, text string) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for value, what := range l.secrets {
		if i := strings.Index(text, value); i >= 0 {
			tb.Errorf("%s holds %s: …%s…", where, what, text[max(0, i-80):i])
		}
	}
}

var cookieState = regexp.MustCompile(`^(the cookie latchkey\.sign(?:in|out)\.)\w+$`)

// kinds are what kinds of secrets were seen.
func (l *secretList) kinds() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kinds []string
	for _, what := range l.secrets {
		kinds = append(kinds, cookieState.ReplaceAllString(what, "$1"))
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}
