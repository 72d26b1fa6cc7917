package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// nameless leaves out of the ID token what would spare us the userinfo endpoint.
func nameless(c map[string]any) {
	for _, name := range []string{"name", "given_name", "family_name", "preferred_username", "username", "email"} {
		delete(c, name)
	}
}

// The userinfo endpoint's answer is believed for the ID token's subject alone
// (Core 5.3.2).
func TestUserinfoOfAnother(t *testing.T) {
	t.Parallel()
	info := func(edit func(map[string]any)) func(*app) {
		return func(a *app) {
			claims(nameless)(a)
			a.Provider.EditUserinfo(edit)
		}
	}
	foreignSub := fault("the userinfo endpoint's sub is not the ID token's")
	for _, at := range []attack{
		{"5.3.2, another sub (rp-userinfo-bad-sub-claim)", info(func(c map[string]any) { c["sub"] = "evil-subject" }), foreignSub},
		{"5.3.2, no sub", info(func(c map[string]any) { delete(c, "sub") }), foreignSub},
		{"5.3.2, sub empty", info(func(c map[string]any) { c["sub"] = "" }), foreignSub},
		{"5.3.2, sub an array", info(func(c map[string]any) { c["sub"] = []any{c["sub"]} }), foreignSub},
		{"5.3.2, sub in capitals", info(func(c map[string]any) { c["sub"] = strings.ToUpper(c["sub"].(string)) }), foreignSub},
		{"RFC 8259 4, sub twice", func(a *app) {
			claims(nameless)(a)
			a.Provider.Handle(authtest.UserinfoEndpoint, message(`{"sub":"evil","sub":"`+authtest.Ada.Subject+`"}`))
		}, foreignSub},
	} {
		at.run(t)
	}
}

// What userinfo says of a protocol claim is not believed, and an endpoint that
// is of no use costs the name, not the sign-in.
func TestUserinfoOfNoUse(t *testing.T) {
	t.Parallel()
	thief := newThief(t)
	for name, f := range map[string]authtest.Fault{
		"a 500": authtest.Status(500), "a 401": authtest.Status(401), "a 404": authtest.Status(404), "an HTML page": authtest.HTML,
		"nothing": message(""), "an array": message(`["evil"]`), "text": message(`evil`), "a JWT": authtest.Answer(200, "application/jwt", "e30.e30.e30"),
		"50 MB": authtest.Huge(50 << 20), "50 MB, compressed": bomb, "1 MB of header": fatHeader,
		"half an answer": authtest.Cut, "a connection that is closed": dropped,
		"a redirect to another host": authtest.RedirectTo(thief.URL), "a redirect without end": circle,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t)
			claims(nameless)(a)
			a.Provider.Handle(authtest.UserinfoEndpoint, f)
			b := authtest.NewBrowser(t)
			a.signsIn(t, b)
			a.saysNothingEvil(t, b.Get(a.URL+"/profile"))
		})
	}
}

// userinfo adds to the ID token, and replaces nothing of it.
func TestUserinfoReplacesNothing(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.Provider.EditIDToken(func(_, c map[string]any) {
		nameless(c)
		c["email"] = "true@example.com"
	})
	a.Provider.EditUserinfo(func(c map[string]any) {
		c["email"], c["iss"], c["name"] = "evil@example.com", "https://evil.example", "Ada"
	})
	b := authtest.NewBrowser(t)
	a.signsIn(t, b)
	page := b.Get(a.URL + "/profile")
	a.saysNothingEvil(t, page)
	if !strings.Contains(page.Text, "true@example.com") || !strings.Contains(page.Text, "Ada") {
		t.Errorf("the profile lacks the ID token's e-mail address or userinfo's name:\n%s", page.Text)
	}
}

// A confirmation is proved by the ID token alone: userinfo is not signed, and a
// provider may fill it with what people type.
func TestConfirmationByUserinfo(t *testing.T) {
	t.Parallel()
	a := start(t)
	b := authtest.NewBrowser(t)
	a.signIn(t, b, authtest.Ada)
	a.Provider.EditIDToken(func(_, c map[string]any) {
		nameless(c)
		delete(c, "auth_time")
		delete(c, "acr")
	})
	a.Provider.EditUserinfo(func(c map[string]any) { c["auth_time"], c["acr"] = time.Now().Unix(), "gold" })
	page := b.Walk(b.SignIn(a.confirm(t, b), authtest.Ada))
	if page.StatusCode != http.StatusForbidden || a.isConfirmed(t, b, sensitive) {
		t.Errorf("got status %d, confirmed %t; want 403 and nothing confirmed", page.StatusCode, a.isConfirmed(t, b, sensitive))
	}
}
