package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// clashing is what an app may have on its page too: fields with the names of a form's
// properties, a button that posts elsewhere, and attributes of ours in what people write.
const clashing = `<main class="part">
	<form method="post" action="/taken" hx-post="/taken" hx-target="#note" hx-swap="outerHTML">
		<input id="line" name="line" aria-label="Line"><input type="hidden" name="method" value="card"><button name="action" value="take">Take</button>
	</form>
	<form id="pay" method="post" action="/notes">
		<input name="method" value="card" aria-label="Method"><button name="action" value="pay">Pay</button>
		<button id="elsewhere" formaction="https://pay.example/">Pay elsewhere</button>
	</form>
	<p data-confirmed id="latchkey" data-app-page data-session-url="/planted"></p><div id="next"><a href="/poems" data-continue>Planted</a></div>`

// clashes is a fault that puts clashing on each page, and answers /taken as the app would.
func clashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/taken" {
			w.Header().Set("Latchkey-Response", "1") // as every response that passes App.Middleware
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `<p id="note">That name is taken.</p>`)
			return
		}
		if r.URL.Path != "/profile" {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = append(w.Header()[name], values...)
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, strings.Replace(answer.Body.String(), `<main class="part">`, clashing, 1))
	})
}

// An app's names, storage and answers are its own, and what people write on its page
// does not control our script.
func TestAppKeepsItsNamesAndAnswers(t *testing.T) {
	t.Parallel()
	p, between := startedApp(t, "chi")
	between(clashes)
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.open(p.URL + "/profile#pay")
	if _, err := evaluate[bool](b, `(sessionStorage.setItem('drafts', 'my drafts'), sessionStorage.setItem('notice', 'my notice'), true)`); err != nil {
		t.Fatal(err)
	}
	b.open(p.URL + "/profile")
	b.holds("the app's storage is as it was", `sessionStorage.getItem('drafts') === 'my drafts' && sessionStorage.getItem('notice') === 'my notice'`)
	b.isAt(p.URL + "/profile")
	b.holds("a form sends the form token", `new FormData(document.getElementById('pay')).get('form_token')?.length > 20`)
	b.holds("another site gets none", `(() => {
		const form = document.getElementById('pay')
		let sent
		form.addEventListener('submit', event => { event.preventDefault(); sent = new FormData(form, event.submitter).get('form_token') }, { once: true })
		form.requestSubmit(document.getElementById('elsewhere'))
		return sent === null
	})()`)
	b.mark()
	b.allow("409")
	b.fillIn("line", "half a thought")
	b.press("Take")
	b.sees("That name is taken.")
	b.holds("the page is the same", `window.marked`)
	if err := p.Provider.EndSession(authtest.Ada.Subject); err != nil {
		t.Fatal(err)
	}
	b.allow("401")
	b.sees("Sign in to continue")
	b.press("Sign in")
	b.logIn(authtest.Ada)
	b.sees("Profile of Ada Lovelace")
	b.holds("the words are there", `document.getElementById('line').value === "half a thought"`)
}
