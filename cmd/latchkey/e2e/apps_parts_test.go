package e2e

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// withParts is a fault that puts elements at the start of an app's pages. It answers /part as
// the app would, and /bare with a page that has nothing of ours.
func withParts(html string) authtest.Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/part":
				_, _ = io.WriteString(w, "A part of the page.")
			case "/bare":
				_, _ = io.WriteString(w, `<title>Bare</title><h1>Bare</h1><button hx-get="/part" hx-target="#here">Load</button><p id="here"></p>`)
			case "/", "/profile":
				answer := httptest.NewRecorder()
				next.ServeHTTP(answer, r)
				for name, values := range answer.Header() {
					w.Header()[name] = append(w.Header()[name], values...)
				}
				w.Header().Del("Content-Length")
				w.WriteHeader(answer.Code)
				_, _ = io.WriteString(w, strings.Replace(answer.Body.String(), `<main class="part">`, `<main class="part">`+html, 1))
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// inApp returns an app and a tab at the profile there of Ada, who has signed in.
func inApp(t *testing.T) (*program, *tab, func(authtest.Fault)) {
	t.Helper()
	p, between := startedApp(t, "servemux")
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	return p, b, between
}

// A part that the app loads by itself does not take away a notice.
func TestAppPartLeavesNotice(t *testing.T) {
	t.Parallel()
	_, b, between := inApp(t)
	between(withParts(`<p hx-get="/part" hx-trigger="load delay:300ms"></p>`))
	b.press("Sign Out")
	b.sees("A part of the page.")
	b.seesNotice("You're signed out of Notes")
}

// What another tab does leaves an error in the dialog, with its reference, for the person
// to read.
func TestAppErrorStays(t *testing.T) {
	t.Parallel()
	p, between := startedApp(t, "servemux")
	between(withParts(`<button hx-get="/poems" hx-target="#note">Read poems</button>`))
	b := openBrowser(t)
	b.open(p.URL)
	b.press("Sign in")
	b.logIn(authtest.Grace)
	b.sees("Welcome")
	b.open(p.URL + "/profile")
	b.allow("403")
	b.press("Read poems")
	b.sees("You don't have access to this page")
	before := len(b.requested(http.MethodGet, p.URL+"/api/auth/session"))
	b.newWindow().open(p.URL)
	eventually(t, "the page asks who is signed in", func() bool {
		asked := b.requested(http.MethodGet, p.URL+"/api/auth/session")
		return len(asked) > before && asked[len(asked)-1].finished
	})
	if open, err := evaluate[bool](b, dialogOpen); err != nil || !open {
		t.Errorf("the dialog is open: got %v and error %v, want true", open, err)
	}
}

// While the app asks for other parts, a sign-out goes on to the provider.
func TestAppSignOutBesideOtherRequests(t *testing.T) {
	t.Parallel()
	p, b, between := inApp(t)
	loaded := make(chan struct{}) // receives while a sign-out waits for the other requests
	parts := withParts(`<p hx-get="/part" hx-trigger="every 50ms"></p><form method="post" action="/api/auth/signout" hx-post="/api/auth/signout"><button>Leave</button></form>`)
	between(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				answer := httptest.NewRecorder()
				waitForParts(r, loaded)
				next.ServeHTTP(answer, r)
				waitForParts(r, loaded)
				maps.Copy(w.Header(), answer.Header())
				w.WriteHeader(answer.Code)
				_, _ = answer.Body.WriteTo(w)
				return
			}
			if r.URL.Path == "/part" {
				select {
				case loaded <- struct{}{}:
				default:
				}
			}
			parts(next).ServeHTTP(w, r)
		})
	})
	b.open(p.URL + "/profile")
	b.sees("A part of the page.") // which moves the button
	b.press("Leave")
	b.seesNotice("You're signed out of Notes and Asgardeo.")
}

// waitForParts holds a request while ten parts are loaded.
func waitForParts(r *http.Request, loaded <-chan struct{}) {
	for range 10 {
		select {
		case <-loaded:
		case <-r.Context().Done():
		}
	}
}

// The app may ask whether to sign out. After a No the page still shows a sign-out elsewhere.
func TestAppSignOutCanceled(t *testing.T) {
	t.Parallel()
	p, b, _ := inApp(t)
	b.allow("401")
	b.holds("the app asks", `!document.querySelector('form[action$="signout"]').addEventListener('submit', event => event.preventDefault())`)
	b.press("Sign Out")
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.sees("Sign in to continue")
}

// An app's own data may fill the storage of a tab.
func TestAppFillsStorage(t *testing.T) {
	t.Parallel()
	p, b, _ := inApp(t)
	b.allow("401")
	b.holds("the storage is full", `(() => {
		for (let size = 1 << 20; size; size >>= 1) try { for (;;) sessionStorage.setItem(Math.random(), 'x'.repeat(size)) } catch {}
		return true
	})()`)
	b.fillIn("text", "half a thought")
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.sees("Sign in to continue")
}

// A boosted link may lead to a page that has nothing of ours.
func TestAppPageWithoutBody(t *testing.T) {
	t.Parallel()
	p, b, between := inApp(t)
	between(withParts(`<a hx-boost="true" href="/bare">Bare</a>`))
	b.open(p.URL + "/profile")
	b.mark()
	b.press("Bare")
	b.isAt(p.URL + "/bare")
	b.press("Load")
	b.sees("A part of the page.")
	b.holds("the page was not loaded again", `window.marked`)
}

// A request that never gets an answer does not keep the page from asking again.
func TestAppSessionRequestHangs(t *testing.T) {
	t.Parallel()
	p, b, between := inApp(t)
	b.allow("401")
	var hung atomic.Bool
	between(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/auth/session" && hung.CompareAndSwap(false, true) {
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.sees("Sign in to continue")
	if !hung.Load() {
		t.Error("no request was without an answer")
	}
}

// The tab's storage has no card number and no code after the session has ended.
func TestAppKeepsNoSecretField(t *testing.T) {
	t.Parallel()
	p, b, between := inApp(t)
	b.allow("401")
	between(withParts(`<form><input id="card" autocomplete="billing cc-number"><input id="code" autocomplete="one-time-code"></form>`))
	b.open(p.URL + "/profile")
	b.fillIn("card", "4111111111111111")
	b.fillIn("code", "4712")
	b.fillIn("text", "half a thought")
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.sees("Sign in to continue")
	b.holds("only the thought is kept", `(kept => kept.includes('half a thought') && !kept.includes('4111') && !kept.includes('4712'))(sessionStorage.getItem('latchkey-drafts'))`)
}

// An element of the app may select a part of the response. Our dialog has no such part.
func TestAppSelectsPartOfResponse(t *testing.T) {
	t.Parallel()
	p, b, between := inApp(t)
	b.allow("401")
	between(withParts(`<div hx-select:inherited="#poem" hx-select-oob:inherited="#title"><button hx-get="/poems" hx-target="#note" hx-push-url="true">Read poems</button></div>`))
	b.open(p.URL + "/profile")
	b.clearCookies()
	b.press("Read poems")
	b.sees("You've been signed out")
	b.isAt(p.URL + "/profile") // what is there
}

// The same holds for a warning, and for the whole page.
func TestAppSelectsPartOfEveryResponse(t *testing.T) {
	t.Parallel()
	p, b, between := inApp(t)
	b.holds("the page selects a part", `(document.body.setAttribute('hx-select:inherited', '#poem'), document.body.setAttribute('hx-push-url:inherited', 'true'), true)`)
	b.nearExpiry(between, 3*time.Minute)
	b.sees("Are you still there?")
	b.press("Stay signed in")
	b.holds("the warning is gone", "!"+dialogOpen)
	b.isAt(p.URL + "/profile")
}
