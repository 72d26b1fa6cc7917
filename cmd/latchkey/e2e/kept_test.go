package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
)

// allFields has each kind of field, and two with the same name. fieldsFault
// adds them to the form for the device name.
const allFields = `
	<input class="field" id="line-1" name="line" value="one" aria-label="Line 1">
	<input class="field" id="line-2" name="line" value="two" aria-label="Line 2">
	<textarea class="field" id="words" name="words" aria-label="Words"></textarea>
	<select id="several" name="several" multiple size="3" aria-label="Several"><option selected>red</option><option>green</option><option>blue</option></select>
	<label><input type="checkbox" id="box-1" name="box" value="1" checked> Box 1</label>
	<label><input type="checkbox" id="box-2" name="box" value="2"> Box 2</label>
	<label><input type="radio" id="pick-1" name="pick" value="1" checked> Pick 1</label>
	<label><input type="radio" id="pick-2" name="pick" value="2"> Pick 2</label>
	<input type="password" class="field" id="secret" aria-label="Secret">
	<button class="button">Save`

// fieldsFault is a fault that adds allFields, and records the forms that are
// sent.
type fieldsFault struct {
	mu   sync.Mutex
	sent []url.Values // without the form token
}

func (m *fieldsFault) fault(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/auth/events" {
			next.ServeHTTP(w, r) // the stream does not end
			return
		}
		if r.URL.Path == "/api/auth/sessions/device" {
			m.note(r)
		}
		r.Header.Del("Accept-Encoding") // what is edited must be text
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		page := strings.ReplaceAll(answer.Body.String(), `<button class="button">Save`, allFields)
		for name, values := range answer.Header() {
			w.Header()[name] = append(w.Header()[name], values...)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, page)
	})
}

func (m *fieldsFault) note(r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	form.Del("form_token")
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, form)
}

// fillInEverything fills in all fields by mouse and keyboard.
func (t *tab) fillInEverything() {
	t.tb.Helper()
	for _, id := range []string{"device", "line-1", "line-2", "words", "secret"} {
		t.fillIn(id, "my "+id)
	}
	for _, option := range []string{"2", "3"} {
		at := t.centre("#several option:nth-child(" + option + ")")
		t.do("choosing one more", chromedp.MouseClickXY(at[0], at[1], chromedp.ButtonModifiers(chromedp.ModifierCtrl)))
	}
	for _, id := range []string{"box-1", "box-2", "pick-2"} {
		t.do("ticking "+id, chromedp.Click(chromedp.ID(id)))
	}
}

// filledIn is the form data afterwards.
var filledIn = url.Values{
	"device": {"my device"}, "line": {"onemy line-1", "twomy line-2"}, "words": {"my words"},
	"several": {"red", "green", "blue"}, "box": {"2"}, "pick": {"2"},
}

// formShown is the form data that the form would send.
const formShown = `(() => {
	const data = {}
	for (const [name, value] of new FormData(document.getElementById('device').form)) if (name !== 'form_token') (data[name] ??= []).push(value)
	return data
})()`

// Every kind of field except passwords keeps its value over a swap.
func TestEveryFieldSurvivesSwap(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	between(new(fieldsFault).fault)
	acting := openBrowser(t)
	acting.openSignedIn(p, "/", authtest.Ada)
	b := acting.openWindow()
	b.open(p.URL + "/profile")
	b.mark()
	b.fillInEverything()
	b.watches(p, 0)
	acting.press("Sign Out")
	acting.sees(signedOut)
	b.sees("what you typed will still be here")
	b.expectComplaint("401")
	acting.signInAs(authtest.Ada)
	b.sees("ada@example.com")
	b.holds("the fields are filled in", `document.getElementById('device')?.value === "my device" && window.marked`)
	got, err := evaluate[url.Values](b, formShown)
	if diff := cmp.Diff(filledIn, got); err != nil || diff != "" {
		t.Errorf("the form after the swap (-want +got), %v:\n%s", err, diff)
	}
	b.holds("the password is not kept", `document.getElementById('secret').value === ""`)
}

// After the sign-in the page resends the refused form, field by field.
func TestEveryFieldIsResent(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	fields := new(fieldsFault)
	between(func(next http.Handler) http.Handler { return sandboxed(fields.fault(next)) })
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.fillInEverything()
	b.clearCookies()
	b.press("Save")
	b.sees("You've been signed out")
	b.expectComplaint("401")
	b.signInInPlace()
	b.logIn(authtest.Ada)
	b.sees("Device renamed.")
	fields.mu.Lock()
	defer fields.mu.Unlock()
	if diff := cmp.Diff([]url.Values{filledIn, filledIn}, fields.sent); diff != "" {
		t.Errorf("the forms that were sent (-want +got):\n%s", diff)
	}
}

// The server may have done a request whose response was lost: the page never
// repeats it.
func TestRequestWithLostResponseIsNotRepeated(t *testing.T) {
	t.Parallel()
	p, between := behindProxy(t)
	b := openBrowser(t)
	b.openSignedIn(p, "/profile", authtest.Ada)
	b.mark()
	b.fillIn("device", "Ada's laptop")
	between(authtest.Cut) // after the server has acted
	b.press("Save")
	b.seesNotice("We couldn't connect.")
	between(nil)
	b.expectComplaint("net::ERR")
	b.expectComplaint("Failed to fetch")
	b.holds("the page is as it was", `window.marked && document.getElementById('device').value === "Ada's laptop"`)

	b.clearCookies() // signing in again sends nothing either
	other := b.openWindow()
	other.open(p.URL)
	b.sees("what you typed will still be here")
	b.expectComplaint("401")
	other.signInAs(authtest.Ada)
	b.sees("ada@example.com")
	b.press("Save")
	b.sees("Device renamed.")
	var got int
	eventually(t, "the log has the requests", func() bool {
		got = strings.Count(p.Log.String(), `"route":"/api/auth/sessions/device"`)
		return got >= 2
	})
	if got != 2 {
		t.Errorf("the name reached the server %d times, want 2: once without a response, and once by hand", got)
	}
}
