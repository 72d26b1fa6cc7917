package auth_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/auth"
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
		"no e-mail address":           {"email", nil, "Ada Lovelace"},
		"an empty locale":             {"locale", "", "Ada Lovelace"},
		"several locales":             {"locale", []any{"en", "de"}, "Ada Lovelace"},
		"a name of null":              {"name", nil, "Ada Lovelace"},
		"an umlaut":                   {"name", "Jürgen Groß", "Jürgen Groß"},
		"Hebrew":                      {"name", "עדה לאבלייס", "עדה לאבלייס"},
		"Japanese":                    {"name", "エイダ・ラブレス", "エイダ・ラブレス"},
		"Persian, with a joiner":      {"name", "نیک\u200cآذر", "نیک\u200cآذر"},
		"quotes and entities":         {"name", `Ada "&amp;" O'Neil`, `Ada "&amp;" O'Neil`},
		"text turned around":          {"name", "Ada\u202egnp.exe\u2066!", "Adagnp.exe!"},
		"lines and control codes":     {"name", " Ada\r\n\x1b[31mLovelace\x00 ", "Ada  [31mLovelace"},
		"nothing that can be seen":    {"name", "\u202e\u0007 ", "Ada Lovelace"},
		"a subject with a bar":        {"sub", "auth0|5f7c8ec7c33c6c004bbafe82", "Ada Lovelace"},
		"a subject with blanks":       {"sub", " cn=Ada, ou=People ", "Ada Lovelace"},
		"a subject of 254 bytes of é": {"sub", strings.Repeat("é", 127), "Ada Lovelace"},
		"groups beyond the provider's limit (_claim_names)": {"_claim_names", map[string]any{"groups": "src1"}, "Ada Lovelace"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claim(c.claim, c.value)(a)
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			if got := a.UserName(b); got != c.call {
				t.Errorf("the person is called %q, want %q", got, c.call)
			}
			if page := b.Get(a.URL + "/profile"); page.StatusCode != http.StatusOK {
				t.Errorf("the profile: got status %d, want 200", page.StatusCode)
			}
		})
	}
}

// The groups claim in the forms that providers send.
func TestGroupsClaimForms(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]any{"a group with quite a long name, as they are"}, 400)
	for name, c := range map[string]struct {
		groups any
		in     bool
	}{
		"one as text":               {"poets", true},
		"a list":                    {[]any{"poets"}, true},
		"something else among":      {[]any{nil, 7, "poets", map[string]any{"id": 1}}, true},
		"four hundred":              {append(many, "poets"), true},
		"objects":                   {[]any{map[string]any{"groupId": "poets", "roles": []any{"ADMIN"}}}, false},
		"names as members":          {map[string]any{"poets": true}, false},
		"names in one text":         {"analysts,poets", false},
		"a list in a list":          {[]any{[]any{"poets"}}, false},
		"the name in other case":    {[]any{"Poets"}, false},
		"the name with a blank":     {[]any{"poets "}, false},
		"a path that ends the same": {[]any{"/poets"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			claim("groups", c.groups)(a)
			b := authtest.NewBrowser(t)
			a.AssertSignInWorks(t, b)
			a.InRequest(t, b, func(ctx context.Context) {
				session, err := auth.FromContext(ctx)
				if err != nil || session == nil || session.InGroup("asgardeo", "poets") != c.in {
					t.Errorf("in the group: got session %v and error %v, want membership %v", session, err, c.in)
				}
			})
		})
	}
}
