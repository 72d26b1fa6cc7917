package handlers_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// BenchmarkProfileFat is the profile of a person with fifty sessions, each with
// 20 KB of claims in its ID token: B/op is what one page costs in memory.
func BenchmarkProfileFat(b *testing.B) {
	quiet := func(c *auth.Config, h *handlers.Config) {
		c.Log, h.Log = slog.New(slog.DiscardHandler), slog.New(slog.DiscardHandler)
	}
	a := handlerstest.StartOn(b, handlerstest.OpenStore(b, "sqlite:"+filepath.Join(b.TempDir(), "latchkey.db")), quiet)
	a.Provider.EditIDToken(func(_, claims map[string]any) { claims["about"] = strings.Repeat("x", 20<<10) })
	var last *authtest.Browser
	for range 50 {
		last = authtest.NewBrowser(b)
		a.SignIn(b, last, authtest.Ada)
	}
	r := httptest.NewRequest(http.MethodGet, a.URL+"/profile", nil)
	for _, c := range a.Cookies(last) {
		r.AddCookie(c)
	}
	serve(b, a.Handler(), r)
}
