package handlers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// withOwnPages puts the app into an app with pages of its own.
func withOwnPages(tb testing.TB, mount func(app *handlers.App) http.Handler) *handlerstest.App {
	tb.Helper()
	a := handlerstest.Start(tb, func(_ *auth.Config, c *handlers.Config) { c.Pages = false })
	a.SetHandler(mount(a.NewHandlers(tb)))
	return a
}

// ownPage shows what App.Head and App.Body return.
func ownPage(app *handlers.App, name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		fmt.Fprintf(w, "<!doctype html>%s<h1>%s</h1>%s%s", app.Head(ctx).HTML(), name, app.FormToken(ctx).HTML(), app.Body(ctx).HTML())
	})
}

func onServeMux(app *handlers.App) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/auth/", app)
	mux.Handle("GET /{$}", ownPage(app, "My home"))
	mux.Handle("GET /profile", app.Protected(ownPage(app, "My profile")))
	mux.Handle("POST /notes", app.Protected(ownPage(app, "Saved")))
	mux.Handle("GET /poems", app.RequireGroup("poets", "editors")(ownPage(app, "My poems")))
	mux.Handle("POST /poems", app.RequireGroup("poets")(ownPage(app, "Saved")))
	mux.Handle("GET /vault", app.RequireFresh(auth.Confirmation{Action: "open"}, "Sign in again to open the vault.")(ownPage(app, "My vault")))
	mux.Handle("POST /erase", app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase all.")(ownPage(app, "Erased")))
	return app.Middleware(mux)
}

func onChi(app *handlers.App) http.Handler {
	mux := chi.NewRouter()
	mux.Use(app.Middleware)
	mux.Mount("/api/auth", app)
	mux.Method(http.MethodGet, "/", ownPage(app, "My home"))
	mux.With(app.Protected).Method(http.MethodPost, "/notes", ownPage(app, "Saved"))
	mux.With(app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase all.")).Method(http.MethodPost, "/erase", ownPage(app, "Erased"))
	mux.Group(func(mux chi.Router) {
		mux.Use(app.Protected)
		mux.Method(http.MethodGet, "/profile", ownPage(app, "My profile"))
		mux.With(app.RequireGroup("poets", "editors")).Method(http.MethodGet, "/poems", ownPage(app, "My poems"))
	})
	return mux
}

// An app's own pages, on either router.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]func(*handlers.App) http.Handler{"ServeMux": onServeMux, "chi": onChi} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := withOwnPages(t, mount)
			ada, grace, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t), authtest.NewBrowser(t)
			a.SignIn(t, ada, authtest.Ada)
			a.SignIn(t, grace, authtest.Grace)
			for _, c := range []struct {
				browser *authtest.Browser
				path    string
				status  int
				text    string
			}{
				{nobody, "/", 200, `data-user=""`},
				{ada, "/", 200, `data-user="asgardeo ` + authtest.Ada.Subject + `"`},
				{ada, "/", 200, `data-form-token="`},
				{nobody, "/profile", 401, `value="/profile"`},
				{ada, "/profile", 200, "My profile"},
				{nobody, "/poems", 401, "Sign in to continue"},
				{ada, "/poems", 200, "My poems"},
				{grace, "/poems", 403, "have access to this page"},
			} {
				page := c.browser.Get(a.URL + c.path)
				if page.StatusCode != c.status || !strings.Contains(page.Text, c.text) {
					t.Errorf("GET %s: got status %d and\n%s\nwant %d and %q", c.path, page.StatusCode, page.Text, c.status, c.text)
				}
			}
			if got := strings.Count(a.Log.String(), `"route":"/profile"`) + strings.Count(a.Log.String(), `"route":"GET /profile"`); got == 0 {
				t.Errorf("the log has no route of the app's own:\n%s", a.Log)
			}
			for _, path := range []string{"/session", "/assets/nothing.css"} { // below the base path nothing is prepared twice
				before := strings.Count(a.Log.String(), `"msg":"request"`)
				ada.Get(a.URL + "/api/auth" + path)
				handlerstest.Eventually(t, "one log line", func() bool { return strings.Count(a.Log.String(), `"msg":"request"`) > before })
				if got := strings.Count(a.Log.String(), `"msg":"request"`) - before; got != 1 {
					t.Errorf("GET /api/auth%s: got %d log lines, want 1", path, got)
				}
			}
		})
	}
}

// The hash that an app lists in a policy of its own is that of the script.
func TestScriptIntegrity(t *testing.T) {
	t.Parallel()
	var app *handlers.App
	a := withOwnPages(t, func(own *handlers.App) http.Handler { app = own; return onServeMux(own) })
	b := authtest.NewBrowser(t)
	home := b.Get(a.URL).Text
	script := b.Get(a.URL + regexp.MustCompile(`/api/auth/assets/app\.\w+\.js`).FindString(home)).Text
	sum := sha256.Sum256([]byte(script))
	want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	if got := app.ScriptIntegrity(); got != want || !strings.Contains(home, `integrity="`+want+`"`) {
		t.Errorf("got the hash %s on the page\n%s\nwant %s", got, home, want)
	}
}

// A notice is on the next page, once.
func TestOwnPageShowsNoticeOnce(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	page := a.FollowSignOut(b, b.Post(a.URL+"/api/auth/signout", nil))
	if !strings.Contains(page.Text, "My home") || !strings.Contains(page.Text, `class="notice notice-success"`) {
		t.Errorf("after signing out: got\n%s\nwant the home page with a notice", page.Text)
	}
	if page = b.Get(a.URL + "/"); strings.Contains(page.Text, "notice-success") {
		t.Errorf("then: got\n%s\nwant no notice", page.Text)
	}
}

// A page that is not prepared is reported, and has no wrong data.
func TestBodyWithoutMiddlewareIsReported(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, func(app *handlers.App) http.Handler { return ownPage(app, "My home") })
	if page := authtest.NewBrowser(t).Get(a.URL + "/"); strings.Contains(page.Text, `id="latchkey"`) {
		t.Errorf("got\n%s\nwant nothing of ours", page.Text)
	}
	if !strings.Contains(a.Log.String(), "App.Middleware") {
		t.Errorf("got the log\n%s\nwant what to do", a.Log)
	}
}

// An app's own style sheets and images stay cacheable.
func TestMiddlewareLeavesCachingOfPartsAlone(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	ada, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	for _, c := range []struct {
		browser           *authtest.Browser
		path, destination string
		want              string
	}{
		{nobody, "/", "document", "no-store"}, {nobody, "/", "", "no-store"}, {nobody, "/", "empty", "no-store"},
		{nobody, "/", "style", ""}, {nobody, "/", "image", ""},
		{ada, "/", "document", "no-store"},
		{ada, "/", "style", "private"}, {ada, "/", "image", "private"}, // no shared cache gives a page to others
		{ada, "/profile", "image", "private, no-cache"}, // nor this browser, after a sign-out
	} {
		c.browser.Header = http.Header{"Sec-Fetch-Dest": {c.destination}}
		if got := c.browser.Get(a.URL + c.path).Header.Get("Cache-Control"); got != c.want {
			t.Errorf("GET %s (Sec-Fetch-Dest %q): got Cache-Control %q, want %q", c.path, c.destination, got, c.want)
		}
	}
}

// An escaped slash does not make a path one of ours: an app's router sees it as its own.
func TestMiddlewareSeesEscapedSlash(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/api/auth/", app)
		mux.Handle("POST /api/{name}", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		return app.Middleware(mux)
	})
	b := authtest.NewBrowser(t)
	b.Header = http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	for _, path := range []string{"/api/notes", "/api/auth%2Fnotes"} {
		if got := b.Post(a.URL+path, nil).StatusCode; got != http.StatusForbidden {
			t.Errorf("a POST from another site to %s: got status %d, want 403", path, got)
		}
	}
}

// Our sign-in and error pages, in the place of an app's page, have none of its headers: they
// are neither cached nor downloaded as its file.
func TestOurPagesHaveNoHeadersOfApp(t *testing.T) {
	t.Parallel()
	headers := map[string]string{
		"Cache-Control": "public, max-age=3600", "Content-Disposition": "attachment", "Content-Encoding": "zstd",
		"Content-Length": "7", "ETag": `"1"`, "Last-Modified": "Mon, 02 Jan 2006 15:04:05 GMT",
	}
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /panics", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") }))
		mux.Handle("GET /report", app.Protected(ownPage(app, "My report")))
		mux.Handle("GET /poems", app.RequireGroup("nobody")(ownPage(app, "My poems")))
		download := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for name, value := range headers {
				w.Header().Set(name, value)
			}
			mux.ServeHTTP(w, r)
		})
		outer := http.NewServeMux()
		outer.Handle("/api/auth/", app)
		outer.Handle("/", app.Middleware(download))
		return outer
	})
	ada, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	for _, c := range []struct {
		browser      *authtest.Browser
		path, accept string
		status       int
	}{
		{nobody, "/report", "text/html", 401}, {nobody, "/report", "application/json", 401},
		{nobody, "/panics", "text/html", 500}, {nobody, "/panics", "application/json", 500},
		{ada, "/poems", "text/html", 403}, {ada, "/poems", "application/json", 403},
	} {
		c.browser.Header = http.Header{"Accept": {c.accept}}
		page := c.browser.Get(a.URL + c.path)
		if page.StatusCode != c.status || !strings.HasPrefix(page.Header.Get("Content-Type"), c.accept) {
			t.Errorf("GET %s: got status %d and\n%s\nwant %d and %s", c.path, page.StatusCode, page.Text, c.status, c.accept)
		}
		for name, value := range headers {
			if got := page.Header.Get(name); got == value {
				t.Errorf("GET %s (%s): got the app's %s: %s", c.path, c.accept, name, got)
			}
		}
		if got := page.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("GET %s (%s): got Cache-Control: %s, want no-store", c.path, c.accept, got)
		}
	}
}

// A router may serve every path. A link to a page whose path starts with two slashes would
// lead to the host that they name.
func TestOwnPagesLinkToNoOtherHost(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		fresh := app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase all.")(ownPage(app, "Erased"))
		mux := chi.NewRouter()
		mux.Mount("/api/auth", app)
		mux.Method(http.MethodGet, "/*", app.Protected(ownPage(app, "My page")))
		mux.Method(http.MethodPost, "/*", app.Protected(fresh))
		mux.Method(http.MethodGet, "//evil.example/fresh", fresh)
		return mux
	})
	ada, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	for _, c := range []struct {
		browser *authtest.Browser
		method  string
		path    string
		status  int
	}{
		{nobody, http.MethodGet, "//evil.example/x?login_hint=ada", http.StatusUnauthorized},
		{nobody, http.MethodPost, "//evil.example/x", http.StatusUnauthorized},
		{ada, http.MethodPost, "//evil.example/x", http.StatusForbidden},
		{ada, http.MethodGet, "//evil.example/fresh", http.StatusForbidden},
	} {
		r, err := http.NewRequest(c.method, a.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		page := c.browser.Send(r)
		if page.StatusCode != c.status || strings.Contains(page.Text, `"//`) {
			t.Errorf("%s %s: got status %d and\n%s\nwant %d and no link to another host", c.method, c.path, page.StatusCode, page.Text, c.status)
		}
	}
}
