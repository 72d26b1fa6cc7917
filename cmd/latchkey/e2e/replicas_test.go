package e2e

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// Three replicas behind nginx keep everyone signed in when one of them or
// their engine fails.
func TestReplicas(t *testing.T) {
	t.Parallel()
	storetest.Need(t, nginxProgram, "nginx")
	for _, e := range []struct {
		name  string
		need  func(testing.TB)
		start func(testing.TB) *storetest.Server
	}{
		{"redis", storetest.NeedRedis, func(tb testing.TB) *storetest.Server { return storetest.Redis(tb, "--appendonly", "yes") }},
		{"postgres", storetest.NeedPostgres, func(tb testing.TB) *storetest.Server { return storetest.Postgres(tb) }},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			e.need(t)
			engine := e.start(t)
			t.Cleanup(engine.Stop)
			f := startFleet(t, engine.URL)
			l := startLoad(t, f)
			l.signedInEverywhere(t)
			l.killOne(t)
			l.rotateSecret(t)
			l.rotateInOneStep(t)
			l.logOutElsewhere(t)
			l.loseEngine(t, engine.Crash, func() { engine.Start(t) })
			l.signedInEverywhere(t)
		})
	}
}

// signedInEverywhere checks that each replica has the sessions of all
// replicas.
func (l *load) signedInEverywhere(t *testing.T) {
	for _, r := range l.fleet.Replicas {
		for _, p := range l.people {
			if page := p.browser.Get(r.URL); !showsSignedIn(page.Text, p.Person) {
				t.Fatalf("a replica at which the person has not signed in: got status %d and\n%s", page.StatusCode, page.Text)
			}
		}
	}
}

// killOne kills one replica. Only requests in progress there may fail, and
// only those that nginx cannot repeat.
func (l *load) killOne(t *testing.T) {
	victim := l.fleet.Replicas[0]
	seen := l.during(func() {
		l.waitForResponse(t, victim)
		victim.kill()
		l.waitForResponse(t, l.fleet.Replicas[1])
		l.waitForResponse(t, l.fleet.Replicas[2])
		victim.start(t)
		l.waitForResponse(t, victim)
	})
	if started := seen.replicas[lost+" "+victim.address()]; started == seen.outcomes[lost] {
		delete(seen.outcomes, lost)
		t.Logf("requests lost with the killed process: %d", started)
	}
	seen.want(t, "kill -9 of one replica", fine)
}

// rotateSecret restarts all replicas one after another, twice: every replica
// must open with the new secret before one seals with it.
func (l *load) rotateSecret(t *testing.T) {
	const fresh = "another secret, which is as long as the first"
	before := l.fleet.Replicas[0].Env["AUTH_SECRET"]
	seen := l.during(func() {
		for _, step := range []struct{ seals, opens string }{{before, fresh}, {fresh, before}} {
			for _, r := range l.fleet.Replicas {
				l.fleet.restartWithSecrets(t, r, step.seals, step.opens)
				l.waitForResponse(t, r)
			}
		}
	})
	seen.want(t, "restarts one after another, with a new secret", fine)
}

// rotateInOneStep gives one replica a secret that the others do not have yet.
// To them, a person who signs in there is signed out, and nothing else: with
// the secret, the same cookie is signed in.
func (l *load) rotateInOneStep(t *testing.T) {
	const fresh = "a third secret, which no replica has yet"
	first, second := l.fleet.Replicas[0], l.fleet.Replicas[1]
	lins := authtest.NewBrowser(t)
	seen := l.during(func() {
		l.fleet.restartWithSecrets(t, first, fresh, first.Env["AUTH_SECRET"], first.Env["AUTH_SECRET_1"])
		l.waitForResponse(t, first)
		callback := lins.SignIn(lins.Post(first.URL+"/api/auth/signin/asgardeo", nil).Redirect, lin)
		lins.Get(strings.Replace(callback, l.fleet.URL, first.URL, 1))
		if page := lins.Get(first.URL); !showsSignedIn(page.Text, lin) {
			t.Fatalf("at the replica with the new secret: got status %d and\n%s", page.StatusCode, page.Text)
		}
		if page := lins.Get(second.URL); page.StatusCode != http.StatusOK || showsSignedIn(page.Text, lin) || len(page.Cookies()) != 0 {
			t.Errorf("at one without: got status %d and cookies %v, want the public page and no cookie:\n%s", page.StatusCode, page.Cookies(), page.Text)
		}
		for _, r := range l.fleet.Replicas[1:] {
			l.fleet.restartWithSecrets(t, r, fresh, r.Env["AUTH_SECRET"], r.Env["AUTH_SECRET_1"])
			l.waitForResponse(t, r)
			if page := lins.Get(r.URL); !showsSignedIn(page.Text, lin) {
				t.Errorf("at the same one, with the new secret: got status %d and\n%s", page.StatusCode, page.Text)
			}
		}
	})
	// A replica with the new secret seals a session again at its next activity, once
	// a minute: until the others have the secret, the person is signed out there.
	seen.want(t, "a secret that is new in one step", fine, publicPage)
	seen = l.during(func() { l.waitForResponse(t, first) })
	seen.want(t, "once all have the secret", fine)
}

// logOutElsewhere sends a back-channel logout to one replica; the stream of a
// tab at another replica reports it.
func (l *load) logOutElsewhere(t *testing.T) {
	lins := authtest.NewBrowser(t)
	l.fleet.signIn(t, l.fleet.Replicas[0], lins, lin)
	l.wantLogoutEvent(t, l.watch(t, lins))
}

// loseEngine stops the engine. People with a session receive 503, others their
// page. When the engine is restored, or its successor takes over (restore is nil),
// everything works as before.
func (l *load) loseEngine(t *testing.T, crash, restore func()) {
	lins := authtest.NewBrowser(t)
	l.fleet.signIn(t, l.fleet.Replicas[0], lins, lin)
	tab := l.watch(t, lins)
	started := time.Now()
	seen := l.during(func() {
		crash()
		if restore != nil {
			eventually(t, "people receive 503", func() bool { return l.current().count(unavailable) > 0 })
			restore()
		}
		eventually(t, "everyone is signed in at every replica", l.allSignedIn)
	})
	t.Logf("from the crash of the engine until everyone was signed in again: %v", time.Since(started).Round(time.Millisecond))
	seen.want(t, "crash of the engine", fine, unavailable)
	seen = l.during(func() { l.waitForResponse(t, l.fleet.Replicas[0]) })
	seen.want(t, "after the crash of the engine", fine)
	l.wantLogoutEvent(t, tab)
}

// waitForResponse waits until a replica responds once more through nginx.
func (l *load) waitForResponse(t *testing.T, r *program) {
	t.Helper()
	before := l.current().responses(r)
	eventually(t, "nginx sends a request to "+r.address(), func() bool { return l.current().responses(r) > before })
}

// allSignedIn reports whether every replica is ready, and has the sessions of all.
func (l *load) allSignedIn() bool {
	for _, r := range l.fleet.Replicas {
		if !ready(r.URL) {
			return false
		}
		for _, p := range l.people {
			if !showsSignedIn(p.browser.Get(r.URL).Text, p.Person) {
				return false
			}
		}
	}
	return true
}

// watch opens an event stream at the first replica; ended is closed when the
// stream reports the end of the session.
func (l *load) watch(t *testing.T, b *authtest.Browser) (ended <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.fleet.Replicas[0].URL+"/api/auth/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.Client.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the stream of a tab: got %v, %v, want 200", resp, err)
	}
	reported := make(chan struct{})
	go func() {
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "event: ended") {
				close(reported)
				return
			}
		}
	}()
	return reported
}

// wantLogoutEvent signs Lin out at the provider, which notifies the second
// replica.
func (l *load) wantLogoutEvent(t *testing.T, heard <-chan struct{}) {
	t.Helper()
	started := time.Now()
	if err := l.fleet.Provider.EndSession(lin.Subject); err != nil {
		t.Fatalf("back-channel logout: got %v, want none", err)
	}
	select {
	case <-heard:
		t.Logf("from the back-channel logout at one replica to the tab at another: %v", time.Since(started).Round(time.Millisecond))
	case <-time.After(30 * time.Second): // the slow poll comes later
		t.Error("the stream of a tab at another replica did not report the back-channel logout")
	}
}
