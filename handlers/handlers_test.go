package handlers_test

import (
	"regexp"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
	"latchkey/views"
)

// startWith returns the error of a configuration.
func startWith(tb testing.TB, change func(*handlers.Config)) error {
	tb.Helper()
	c := handlerstest.Start(tb).HandlersConfig
	change(&c)
	_, err := handlers.New(c)
	return err
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*handlers.Config)
		remedy string
	}{
		"another htmx":           {func(c *handlers.Config) { c.HTMX = []byte("htmx 2") }, "is not the released file of htmx.org"},
		"an icon that is no SVG": {func(c *handlers.Config) { c.Icon = []byte("\x89PNG") }, "is not an SVG"},
		"a style that ends":      {func(c *handlers.Config) { c.CSS = "</style><script>" }, "</style"},
		"an unknown word":        {func(c *handlers.Config) { c.Words = map[string]string{"refused.wat": "No"} }, "refused.what"},
		"form-action":            {func(c *handlers.Config) { c.CSP = "form-action 'self'" }, "cannot be extended"},
		"frame-ancestors":        {func(c *handlers.Config) { c.CSP = "img-src data:; frame-ancestors *" }, "cannot be extended"},
		"inline scripts":         {func(c *handlers.Config) { c.CSP = "script-src 'unsafe-inline'" }, "is not safe"},
		"eval":                   {func(c *handlers.Config) { c.CSP = "script-src 'Unsafe-Eval'" }, "is not safe"},
		"scripts from anywhere":  {func(c *handlers.Config) { c.CSP = "script-src https:" }, "is not safe"},
		"scripts from data":      {func(c *handlers.Config) { c.CSP = "SCRIPT-SRC data:" }, "is not safe"},
		"scripts of any host":    {func(c *handlers.Config) { c.CSP = "script-src https://*" }, "is not safe"},
		"a fixed nonce":          {func(c *handlers.Config) { c.CSP = "style-src 'nonce-abc'" }, "is not safe"},
		"plain http":             {func(c *handlers.Config) { c.CSP = "img-src http://cdn.example" }, "is not safe"},
		"two fields":             {func(c *handlers.Config) { c.CSP, c.Ready = "sandbox", nil }, "cannot be extended. The directives that can are connect-src, font-src, frame-src, img-src, manifest-src, media-src, script-src, style-src, worker-src\nhandlers.Config.Ready"},
		"no Auth":                {func(c *handlers.Config) { c.Auth = nil }, "handlers.Config.Auth: is missing"},
		"pages without a store":  {func(c *handlers.Config) { c.Ready = nil }, "handlers.Config.Ready: is missing"},
		"a second policy":        {func(c *handlers.Config) { c.CSP = "img-src a.example,script-src" }, "is not safe"},
	} {
		if err := startWith(t, c.change); err == nil || !strings.Contains(err.Error(), c.remedy) || !strings.HasPrefix(err.Error(), "handlers.Config") {
			t.Errorf("%s: got error %v, want %q in it", name, err, c.remedy)
		}
	}
}

func TestPolicyIsExtended(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(_ *auth.Config, c *handlers.Config) {
		c.CSP = "img-src data: ; font-src 'self' https://fonts.example;script-src https://cdn.example 'sha256-abc='"
	})
	policy := authtest.NewBrowser(t).Get(a.URL).Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none';", "img-src 'self' https: data:;", "script-src 'self' https://cdn.example 'sha256-abc=';",
		"frame-ancestors 'none';", "; font-src 'self' https://fonts.example",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("got the policy %s\nwant %s in it", policy, want)
		}
	}
}

// An app's name, logo and words take the place of ours.
func TestBrandAndWords(t *testing.T) {
	t.Parallel()
	a := handlerstest.Start(t, func(c *auth.Config, h *handlers.Config) {
		c.Providers[0].Name = "Other ID"
		h.Name, h.Logo, h.Footer, h.CSS = "Notes & more", `<svg class="mine"></svg>`, "<a href=/imprint>Imprint</a>", ":root { --accent: purple }"
		h.Icon = []byte(`<svg xmlns="http://www.w3.org/2000/svg" id="mine"/>`)
		h.Words = map[string]string{"not_found.heading": "Lost in {app}", "notice.signed_out": "Bye from {app} and {provider}"}
	})
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	bye := a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil)).Text
	home, lost := b.Get(a.URL).Text, b.Get(a.URL+"/nothing").Text
	style := b.Get(a.URL + regexp.MustCompile(`/api/auth/assets/app\.\w+\.css`).FindString(home)).Text
	icon := b.Get(a.URL + regexp.MustCompile(`/api/auth/assets/favicon\.\w+\.svg`).FindString(home)).Text
	for text, page := range map[string]string{
		`id="mine"`: icon, "Sign in to Notes &amp; more": home, "<title>Notes &amp; more</title>": home, `<svg class="mine"></svg>`: home, "<a href=/imprint>": home, "--accent: purple": style,
		"<h1 id=\"error-heading\" tabindex=\"-1\">Lost in Notes &amp; more</h1>": lost,
		"Bye from Notes &amp; more and Other ID":                                 bye,
	} {
		if !strings.Contains(page, text) {
			t.Errorf("got no %s in\n%s", text, page)
		}
	}
	for _, page := range []string{home, lost, bye} {
		if ours := views.DefaultBrand.Name; strings.Contains(page, ours+"<") || strings.Contains(page, ours+" ") {
			t.Errorf("got our own name in\n%s", page)
		}
	}
}
