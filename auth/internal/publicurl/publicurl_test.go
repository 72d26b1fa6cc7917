package publicurl

import (
	"strings"
	"testing"
)

// The origin and the base path are written as browsers and providers write them.
func TestAuthURLIsNormalized(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"https://app.example.com":           "https://app.example.com/api/auth",
		"https://App.Example.COM/":          "https://app.example.com/api/auth",
		"HTTPS://app.example.com:443":       "https://app.example.com/api/auth",
		"https://app.example.com:0443/":     "https://app.example.com/api/auth",
		"https://app.example.com:":          "https://app.example.com/api/auth",
		"https://app.example.com:8443/auth": "https://app.example.com:8443/auth",
		"https://app.example.com:80":        "https://app.example.com:80/api/auth",
		"http://LocalHost:80":               "http://localhost/api/auth",
		"http://localhost:3000":             "http://localhost:3000/api/auth",
		"http://[::1]:3000/":                "http://[::1]:3000/api/auth",
		"http://[0:0:0:0:0:0:0:1]":          "http://[::1]/api/auth",
		"https://xn--bcher-kva.example/a/b": "https://xn--bcher-kva.example/a/b",
	} {
		app, err := Parse(typed)
		if got := app.Origin + app.BasePath; err != nil || got != want || app.Secure != strings.HasPrefix(want, "https:") {
			t.Errorf("AUTH_URL=%s: got auth routes at %s (secure: %v) and error %v, want %s", typed, got, app.Secure, err, want)
		}
		for _, url := range []string{typed, app.Origin} {
			back := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(url, "/auth"), "/a/b"), "/") + "/reports"
			if got := app.CallbackURL(back); got != "/reports" {
				t.Errorf("AUTH_URL=%s: a callback URL of %s: got %q, want /reports", typed, back, got)
			}
		}
	}
}

// An AUTH_URL that browsers or providers would write differently is refused.
func TestAuthURLThatBrowsersRewriteIsRefused(t *testing.T) {
	t.Parallel()
	for url, remedy := range map[string]string{
		"https://bücher.example":                     "xn--",
		"https://app.example.com//api//auth":         "/api/auth",
		"https://app.example.com/api/../auth":        "/api/auth",
		"https://app.example.com/api%2Fauth":         "/api/auth",
		"https://app.example.com/our auth":           "/api/auth",
		"https://app.example.com/Anmeldung/für/alle": "/api/auth",
		"https://app.example.com/{tenant}":           "/api/auth",
		"https://app.example.com/auth/*":             "/api/auth",
	} {
		if _, err := Parse(url); err == nil || !strings.HasPrefix(err.Error(), "AUTH_URL:") || !strings.Contains(err.Error(), remedy) {
			t.Errorf("AUTH_URL=%s: got error %v, want %s in it", url, err, remedy)
		}
	}
}
