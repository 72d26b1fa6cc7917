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

// secretList is every secret issued during a test, and every response of the app.
type secretList struct {
	mu        sync.Mutex
	app       *handlerstest.App
	secrets   map[string]string // value → what it is
	responses []string          // bodies and headers, each after its method and path
}

// watchSecrets records what the provider issues from now on.
func watchSecrets(a *handlerstest.App) *secretList {
	l := &secretList{app: a, secrets: map[string]string{}}
	l.note("AUTH_SECRET", a.AuthConfig.Secret)
	l.note("the client secret", authtest.ClientSecret)
	l.watch()
	return l
}

// watch installs the recorders at the provider, also after Reset has removed them.
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

// noteTokens records the parts of ID tokens too.
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

// listen records what the app sends to an endpoint.
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

// echo returns an error that quotes the whole request, as careless providers do.
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

// connections is separate from the default transport, whose idle connections
// httptest.Server.Close closes.
var connections = http.DefaultTransport.(*http.Transport).Clone()

// RoundTrip is a browser's transport that records the app's responses.
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
	l.responses = append(l.responses, where+string(body), where+l.ours(resp.Header))
	return resp, err
}

// ours returns the headers that must not contain a secret. The exceptions:
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

// areNotIn fails the test if a text contains a secret.
func (l *secretList) areNotIn(tb testing.TB, where, text string) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for value, what := range l.secrets {
		if i := strings.Index(text, value); i >= 0 {
			tb.Errorf("%s contains %s: …%s…", where, what, text[max(0, i-80):i])
		}
	}
}

var cookieState = regexp.MustCompile(`^(the cookie latchkey\.sign(?:in|out)\.)\w+$`)

// kinds returns the kinds of secrets recorded.
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
