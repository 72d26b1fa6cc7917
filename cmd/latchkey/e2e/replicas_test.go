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

// Three replicas behind nginx lose nobody, whatever happens to one of them or
// to their engine, while people use them.
func TestReplicas(t *testing.T) {
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

// signedInEverywhere: who has signed in through one replica is known by each.
func (l *load) signedInEverywhere(t *testing.T) {
	for _, r := range l.fleet.Replicas {
		for _, p := range l.people {
			if page := p.browser.Get(r.URL); !showsSignedIn(page.Text, p.Person) {
				t.Fatalf("a replica that somebody has not signed in through: got status %d and\n%s", page.StatusCode, page.Text)
			}
		}
	}
}

// killOne: only what the killed process had begun may fail, and of that only
// what nginx cannot repeat.
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
	if begun := seen.replicas[lost+" "+victim.address()]; begun == seen.outcomes[lost] {
		delete(seen.outcomes, lost)
		t.Logf("requests lost with the killed process: %d", begun)
	}
	seen.want(t, "kill -9 of one replica", fine)
}

// rotateSecret restarts all replicas one after another, as a deployment does,
// and once more: the new secret opens everywhere before anyone seals with it.
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

// rotateInOneStep has one replica seal with a secret that the others do not know
// yet. To them, whoever signs in there is signed out, and no more than that: as
// soon as they know the secret, the same cookie is signed in.
func (l *load) rotateInOneStep(t *testing.T) {
	const fresh = "a third secret, which nobody has been told before"
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
	seen.want(t, "a secret that is new in one step", fine)
}

// logOutElsewhere: the provider tells one replica that Lin is signed out, and
// her tab hears of it, which is connected to another.
func (l *load) logOutElsewhere(t *testing.T) {
	lins := authtest.NewBrowser(t)
	l.fleet.signIn(t, l.fleet.Replicas[0], lins, lin)
	l.wantLogoutEvent(t, l.watch(t, lins))
}

// loseEngine: people with a session are asked to wait, others notice nothing,
// and when the engine is back, or another in its place, everything is as before.
func (l *load) loseEngine(t *testing.T, crash, mend func()) {
	lins := authtest.NewBrowser(t)
	l.fleet.signIn(t, l.fleet.Replicas[0], lins, lin)
	tab := l.watch(t, lins)
	begun := time.Now()
	seen := l.during(func() {
		crash()
		eventually(t, "people are asked to wait", func() bool { return l.current().count(unavailable) > len(l.people) })
		mend()
		eventually(t, "every replica knows everyone again", l.allSignedIn)
	})
	t.Logf("from the crash of the engine until everyone was known again: %v", time.Since(begun).Round(time.Millisecond))
	seen.want(t, "crash of the engine", fine, unavailable)
	seen = l.during(func() { l.waitForResponse(t, l.fleet.Replicas[0]) })
	seen.want(t, "after the crash of the engine", fine)
	l.wantLogoutEvent(t, tab)
}

// waitForResponse waits until a replica answers people through nginx, once more.
func (l *load) waitForResponse(t *testing.T, r *program) {
	t.Helper()
	before := l.current().responses(r)
	eventually(t, "nginx asks the replica at "+r.address(), func() bool { return l.current().responses(r) > before })
}

func (l *load) allSignedIn() bool {
	for _, r := range l.fleet.Replicas {
		for _, p := range l.people {
			if !showsSignedIn(p.browser.Get(r.URL).Text, p.Person) {
				return false
			}
		}
	}
	return true
}

// watch opens the stream of a tab at the first replica; heard is closed when it
// hears that its session has ended.
func (l *load) watch(t *testing.T, b *authtest.Browser) (heard <-chan struct{}) {
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
	ended := make(chan struct{})
	go func() {
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "event: ended") {
				close(ended)
				return
			}
		}
	}()
	return ended
}

// wantLogoutEvent signs Lin out at the provider, which tells the second replica.
func (l *load) wantLogoutEvent(t *testing.T, heard <-chan struct{}) {
	t.Helper()
	begun := time.Now()
	if err := l.fleet.Provider.EndSession(lin.Subject); err != nil {
		t.Fatalf("back-channel logout: got %v, want none", err)
	}
	select {
	case <-heard:
		t.Logf("from the provider's sign-out at one replica to the tab at another: %v", time.Since(begun).Round(time.Millisecond))
	case <-time.After(30 * time.Second): // the slow poll comes later
		t.Error("a tab at another replica heard nothing of the back-channel logout")
	}
}
