package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// Claims of real providers and people that have broken sign-in elsewhere.
func TestClaimsInUnusualForms(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claim string
		value any
		call  string // the user's name
	}{
		"no email address":                   {"email", nil, "Ada Lovelace"},
		"an empty locale":                    {"locale", "", "Ada Lovelace"},
		"several locales":                    {"locale", []any{"en", "de"}, "Ada Lovelace"},
		"a null name":                        {"name", nil, "Ada Lovelace"},
		"an umlaut":                          {"name", "Jürgen Groß", "Jürgen Groß"},
		"Hebrew":                             {"name", "עדה לאבלייס", "עדה לאבלייס"},
		"Japanese":                           {"name", "エイダ・ラブレス", "エイダ・ラブレス"},
		"Persian, with a joiner":             {"name", "نیک\u200cآذر", "نیک\u200cآذر"},
		"quotes and entities":                {"name", `Ada "&amp;" O'Neil`, `Ada "&amp;" O'Neil`},
		"bidirectional controls":             {"name", "Ada\u202egnp.exe\u2066!", "Adagnp.exe!"},
		"line breaks and control characters": {"name", " Ada\r\n\x1b[31mLovelace\x00 ", "Ada  [31mLovelace"},
		"only invisible characters":          {"name", "\u202e\u0007 ", "Ada Lovelace"},
		"a subject with a bar":               {"sub", "auth0|5f7c8ec7c33c6c004bbafe82", "Ada Lovelace"},
		"a subject with spaces":              {"sub", " cn=Ada, ou=People ", "Ada Lovelace"},
		"a subject of 254 bytes of é":        {"sub", strings.Repeat("é", 127), "Ada Lovelace"},
		"distributed groups (_claim_names)":  {"_claim_names", map[string]any{"groups": "src1"}, "Ada Lovelace"},
		"2, aud a list of our client":        {"aud", []any{authtest.ClientID}, "Ada Lovelace"},
		"3.1.3.7 step 4, several aud":        {"aud", []any{"another", authtest.ClientID}, "Ada Lovelace"}, // with azp
		"2, iat with a fraction":             {"iat", float64(time.Now().Unix()) + 0.25, "Ada Lovelace"},
		"5.1, email_verified a string":       {"email_verified", "true", "Ada Lovelace"},
		"5.1, address a string":              {"address", "12 Evil Street", "Ada Lovelace"},
		"5.1, name a number":                 {"name", 7, "Ada Lovelace"},
		"2, unknown claims":                  {"evil", map[string]any{"evil": []any{1, nil, "evil"}}, "Ada Lovelace"},
		"a name with markup":                 {"name", "<script>alert(1)</script>", "<script>alert(1)</script>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claim(c.claim, c.value)(a)
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			if got := a.UserName(b); got != c.call {
				t.Errorf("the user's name: got %q, want %q", got, c.call)
			}
			if page := b.Get(a.URL + "/profile"); page.StatusCode != http.StatusOK || strings.Contains(page.Text, "<script>alert") {
				t.Errorf("the profile: got status %d and\n%s\nwant 200 and no markup of a claim", page.StatusCode, page.Text)
			}
		})
	}
}
