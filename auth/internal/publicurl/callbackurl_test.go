package publicurl

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzCallbackURL compares CallbackURL with a model of how browsers read URLs.
func FuzzCallbackURL(f *testing.F) {
	for _, seed := range []string{
		"/profile?a=b#c", "https://app.example.com/profile", "//evil.example", "/\\evil.example", "/\t/evil.example", "/%09/evil.example",
		"/%2f/evil.example", "https://app.example.com@evil.example", "/.//evil.example", "/api/auth/signout", "/api/%61uth", "/api/auth/signed-in", "/api/auth/signed-in/x", "/x#/../api/auth",
		"/%5c%5cevil.example", "\uff0f\uff0fevil.example", "/\u00e9?\u00e9", "javascript:evil()", "https:evil.example", "/..", "",
	} {
		f.Add(seed)
	}
	app, err := Parse("https://app.example.com")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := app.CallbackURL(raw)
		seen := asBrowsersRead(got)
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") || len(got) > MaxCallbackURL {
			t.Fatalf("CallbackURL(%q) = %q, which a browser reads as %q: not a path of ours", raw, got, seen)
		}
		base, _ := url.Parse(app.Origin + "/api/auth/callback/asgardeo")
		u, err := base.Parse(got)
		if err != nil || u.Scheme+"://"+u.Host != app.Origin || u.User != nil {
			t.Fatalf("CallbackURL(%q) = %q, which leads to %v (%v), not to our origin", raw, got, u, err)
		}
		if page := strings.TrimSuffix(u.Path, "/"); page != "/api/auth/signed-in" && (page == "/api/auth" || strings.HasPrefix(page, "/api/auth/")) {
			t.Fatalf("CallbackURL(%q) = %q, an auth route", raw, got)
		}
		if again := app.CallbackURL(got); again != got {
			t.Fatalf("CallbackURL(%q) = %q, but CallbackURL of that is %q", raw, got, again)
		}
	})
}

// asBrowsersRead changes a URL as browsers do before they parse it (URL Standard section
// 4.4): it removes spaces at the ends and line breaks, and reads a backslash as a slash.
func asBrowsersRead(raw string) string {
	raw = strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	return strings.NewReplacer("\t", "", "\n", "", "\r", "", "\\", "/").Replace(raw)
}
