package handlers_test

import (
	"net/http"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Another site that opens the app cannot keep a reference to its window. Only a public
// page that no site has opened does without the header.
func TestOpenerPolicy(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	signedIn := authtest.NewBrowser(t)
	a.SignIn(t, signedIn, authtest.Ada)
	tests := map[string]struct {
		site     string // Sec-Fetch-Site
		signedIn bool
		want     string
	}{
		"typed, signed out":                {"none", false, ""},
		"typed, signed in":                 {"none", true, "same-origin"},
		"opened by another site":           {"cross-site", false, "same-origin"},
		"opened by a sibling":              {"same-site", false, "same-origin"},
		"opened by the app":                {"same-origin", false, "same-origin"},
		"a browser without Fetch Metadata": {"", false, "same-origin"},
	}
	for name, test := range tests {
		for _, path := range []string{"/", "/profile"} {
			b := authtest.NewBrowser(t)
			if test.signedIn {
				b = signedIn
			}
			b.Header = http.Header{"Sec-Fetch-Site": {test.site}}
			if got := b.Get(a.URL + path).Header.Get("Cross-Origin-Opener-Policy"); got != test.want {
				t.Errorf("GET %s, %s: got Cross-Origin-Opener-Policy %q, want %q", path, name, got, test.want)
			}
		}
	}
}
