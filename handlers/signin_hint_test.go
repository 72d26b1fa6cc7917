package handlers_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// The account and organization of a link are shown before the person goes to the
// provider, with a way to sign in without them. Unprintable ones are dropped.
func TestLinkedOrganizationIsShown(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	for _, c := range []struct {
		name, login, organization string
		shown                     bool
	}{
		{"an organization", "", "attackers-org", true},
		{"a person", "grace@example.com", "", true},
		{"both", "grace@example.com", "attackers-org", true},
		{"markup", "", "<b>acme</b>", true},
		{"too long to read", "", strings.Repeat("a", 300), false},
		{"reversed", "", "acme\u202egro", false},
		{"invisible", "", "acme\u200b", false},
		{"several lines", "a\r\nb", "", false},
		{"not UTF-8", "", "acme\xff", false},
	} {
		for _, path := range []string{"/", "/profile"} {
			query := url.Values{"tab": {"2"}, "login_hint": {c.login}, "organization": {c.organization}}
			page := authtest.NewBrowser(t).Get(a.URL + path + "?" + query.Encode())
			for name, value := range map[string]string{"login_hint": c.login, "organization": c.organization} {
				sent := strings.Contains(page.Text, `name="`+name+`"`)
				if want := c.shown && value != ""; sent != want {
					t.Errorf("%s at %s: %s is sent: got %t, want %t", c.name, path, name, sent, want)
				}
				if shows := strings.Contains(page.Text, "<bdi>"+html.EscapeString(value)+"</bdi>"); value != "" && shows != sent {
					t.Errorf("%s at %s: %s is sent: %t, and shown: %t", c.name, path, name, sent, shows)
				}
			}
			if c.shown && !strings.Contains(page.Text, `href="`+path+`?tab=2"`) {
				t.Errorf("%s at %s: got no way out:\n%s", c.name, path, page.Text)
			}
		}
	}
}

func TestErrorPageIgnoresLinkedOrganization(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t)
	page := authtest.NewBrowser(t).Get(a.URL + "/api/auth/callback/asgardeo?state=x&code=y&organization=attackers-org&login_hint=grace")
	if page.StatusCode != http.StatusBadRequest || strings.Contains(page.Text, "attackers-org") || strings.Contains(page.Text, "grace") {
		t.Errorf("got status %d, want 400 and nothing of the link's:\n%s", page.StatusCode, page.Text)
	}
}
