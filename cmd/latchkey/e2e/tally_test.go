package e2e

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Outcomes of a request.
const (
	fine        = "fine"        // the right page for the person
	unavailable = "unavailable" // 503 with Retry-After
	lost        = "lost"        // no response of ours
	publicPage  = "public page" // for a person with a session, whose cookies are left alone
	wrong       = "wrong"       // any other response, such as the page of another person
)

// tally counts the outcomes of the requests of one phase.
type tally struct {
	mu       sync.Mutex
	outcomes map[string]int
	example  map[string]string // by outcome
	replicas map[string]int    // by outcome and address
}

func newTally() *tally {
	return &tally{outcomes: map[string]int{}, example: map[string]string{}, replicas: map[string]int{}}
}

// noRedirects keeps no connection: nginx closes one at a reload, perhaps just
// when the next form is sent on it.
var noRedirects = &http.Client{Transport: onlyOnce.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// getSignedIn requests the home page with a session.
func (t *tally) getSignedIn(p person, url string) {
	resp, err := p.browser.Client.Get(url)
	page := t.read("GET, signed in", resp, err)
	switch {
	case page == nil:
	case resp.StatusCode == http.StatusOK && showsSignedIn(page.text, p.Person):
		t.add(fine, page)
	case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		t.add(unavailable, page)
	case resp.StatusCode == http.StatusOK && strings.Contains(page.text, "Sign in to "+appName) && len(resp.Cookies()) == 0:
		t.add(publicPage, page)
	default:
		t.add(wrong, page)
	}
}

// getSignedOut requests the home page without a session, which needs no store.
func (t *tally) getSignedOut(url string) {
	resp, err := http.Get(url)
	page := t.read("GET, signed out", resp, err)
	switch {
	case page == nil:
	case resp.StatusCode == http.StatusOK && strings.Contains(page.text, "Sign in"):
		t.add(fine, page)
	default:
		t.add(wrong, page)
	}
}

// postSignedOut sends a form, which nginx never repeats. It needs no store
// either.
func (t *tally) postSignedOut(url string) {
	resp, err := noRedirects.PostForm(url+"/api/auth/signout", nil)
	page := t.read("POST, signed out", resp, err)
	switch {
	case page == nil:
	case resp.StatusCode == http.StatusSeeOther:
		t.add(fine, page)
	default:
		t.add(wrong, page)
	}
}

// response is a response, and the addresses of the replicas that nginx has
// tried for it, separated by commas.
type response struct{ text, replicas, described string }

// read reads a response. It counts a request without one of ours, and returns
// nil then.
func (t *tally) read(request string, resp *http.Response, err error) *response {
	var text []byte
	if err == nil {
		text, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err != nil {
		t.add(lost, &response{described: fmt.Sprint(request, ": ", err)})
		return nil
	}
	a := &response{string(text), resp.Header.Get("X-Replica"), fmt.Sprintf("%s: status %d by %s\n%s", request, resp.StatusCode, resp.Header.Get("X-Replica"), text)}
	if resp.StatusCode == http.StatusBadGateway || resp.StatusCode == http.StatusGatewayTimeout {
		t.add(lost, a)
		return nil
	}
	return a
}

func (t *tally) add(outcome string, a *response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outcomes[outcome]++
	t.example[outcome] = a.described
	t.replicas[outcome+" "+a.replicas]++
}

func (t *tally) count(outcome string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.outcomes[outcome]
}

// responses returns the number of correct responses of a replica.
func (t *tally) responses(r *program) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.replicas[fine+" "+r.address()]
}

// want fails the test if there are other outcomes than these, or if no request
// was fine.
func (t *tally) want(tb testing.TB, phase string, outcomes ...string) {
	tb.Helper()
	tb.Logf("%s: %v", phase, t.outcomes)
	rest := maps.Clone(t.outcomes)
	for _, outcome := range outcomes {
		delete(rest, outcome)
	}
	for outcome, count := range rest {
		tb.Errorf("%s: got %d requests %s, want only %q; the last:\n%s", phase, count, outcome, outcomes, t.example[outcome])
	}
	if t.outcomes[fine] == 0 {
		tb.Errorf("%s: got no correct response, want many", phase)
	}
}
