package handlers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
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
	mux.Handle("POST /notes", app.ProtectedForm(ownPage(app, "Saved")))
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
	mux.With(app.ProtectedForm).Method(http.MethodPost, "/notes", ownPage(app, "Saved"))
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

// For a request that accepts JSON, every guard answers JSON.
func TestGuardsAnswerJSON(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	grace, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, grace, authtest.Grace)
	for _, c := range []struct {
		browser      *authtest.Browser
		method, path string
		status       int
		code         string
	}{
		{nobody, "GET", "/profile", 401, "sign_in_required"},
		{nobody, "GET", "/poems", 401, "sign_in_required"},
		{nobody, "POST", "/notes", 401, "sign_in_required"},
		{nobody, "POST", "/erase", 401, "sign_in_required"},
		{grace, "GET", "/poems", 403, "not_in_group"},
		{grace, "POST", "/erase", 403, "confirmation_required"},
	} {
		req, err := http.NewRequest(c.method, a.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "application/json")
		page := c.browser.Send(req)
		if page.StatusCode != c.status || page.Header.Get("Content-Type") != "application/json" || !strings.Contains(page.Text, `"error":"`+c.code+`"`) {
			t.Errorf("%s %s: got status %d and %s, want %d and %s", c.method, c.path, page.StatusCode, page.Text, c.status, c.code)
		}
	}
}

// On a page with App.Body everything of ours goes into the dialog.
func TestGuardsAnswerHTMXWithTheDialog(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	grace, nobody := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, grace, authtest.Grace)
	for _, c := range []struct {
		browser      *authtest.Browser
		method, path string
		status       int
		text         string
	}{
		{nobody, "GET", "/profile", 401, `data-resend="sign-in"`},
		{nobody, "POST", "/notes", 401, `data-resend="sign-in"`},
		{grace, "GET", "/poems", 403, "have access to this page"},
		{grace, "POST", "/erase", 403, `data-resend="confirm"`},
		{nobody, "POST", "/api/auth/signin/nobody", 404, "Sign-in option not found"},
	} {
		for _, kind := range []string{"partial", "full"} {
			req, err := http.NewRequest(c.method, a.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{"Hx-Request": {"true"}, "Hx-Request-Type": {kind}, "Latchkey-Page": {"app"}}
			page := c.browser.Send(req)
			if page.StatusCode != c.status || page.Header.Get("HX-Retarget") != "#dialog-part" || !strings.Contains(page.Text, c.text) || strings.Contains(page.Text, "<html") {
				t.Errorf("%s %s: got status %d for %q and\n%s\nwant %d and %q", c.method, c.path, page.StatusCode, page.Header.Get("HX-Retarget"), page.Text, c.status, c.text)
			}
		}
	}
}

// The form of someone whose session has ended comes back, except for its password.
func TestProtectedFormReturnsAnyForm(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	page := authtest.NewBrowser(t).Post(a.URL+"/notes", url.Values{
		"title": {`A "quoted" title`}, "text": {"\ntwo\nlines"}, "current_password": {"hunter2"}, "form_token": {"sealed"},
		"csrf_token": {"the app's own"}, "card_id": {"42"}, "carbon_footprint": {"1 t"}, "cardNumber": {"4111"}, "sms-otp": {"123456"},
	})
	for _, want := range []string{
		`action="/notes"`, `name="title" value="A &#34;quoted&#34; title"`, ">\n\ntwo\nlines</textarea>", `type="password" name="current_password"`, // a browser drops the first line break
		`type="hidden" name="csrf_token" value="the app&#39;s own"`, `name="card_id" value="42"`, `name="carbon_footprint" value="1 t"`,
		`type="password" name="cardNumber"`, `type="password" name="sms-otp"`,
		`type="hidden" name="form_token" value="sealed"`, `name="callbackUrl" value="/api/auth/signed-in"`,
	} {
		if !strings.Contains(page.Text, want) {
			t.Errorf("got no %s in\n%s", want, page.Text)
		}
	}
	if page.StatusCode != http.StatusUnauthorized || regexp.MustCompile("hunter2|4111|123456").MatchString(page.Text) {
		t.Errorf("got status %d and\n%s\nwant 401 without what is secret", page.StatusCode, page.Text)
	}
}

// The script sends the form token as a header.
func TestFormTokenHeader(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, onServeMux)
	ada, grace := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, ada, authtest.Ada)
	a.SignIn(t, grace, authtest.Grace)
	_, token, _ := strings.Cut(ada.Get(a.URL+"/").Text, `data-form-token="`)
	token, _, _ = strings.Cut(token, `"`)
	for _, c := range []struct {
		browser *authtest.Browser
		want    int
	}{{ada, http.StatusOK}, {grace, http.StatusConflict}} {
		c.browser.Header = http.Header{"Form-Token": {token}}
		if got := c.browser.Post(a.URL+"/notes", nil).StatusCode; got != c.want {
			t.Errorf("Ada's form token: got status %d, want %d", got, c.want)
		}
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

// A router may serve every path. A link to a page whose path starts with two slashes would
// lead to the host that they name.
func TestOwnPagesLinkToNoOtherHost(t *testing.T) {
	t.Parallel()
	a := withOwnPages(t, func(app *handlers.App) http.Handler {
		fresh := app.RequireFresh(auth.Confirmation{Action: "erase"}, "Sign in again to erase all.")(ownPage(app, "Erased"))
		mux := chi.NewRouter()
		mux.Mount("/api/auth", app)
		mux.Method(http.MethodGet, "/*", app.Protected(ownPage(app, "My page")))
		mux.Method(http.MethodPost, "/*", app.ProtectedForm(fresh))
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
