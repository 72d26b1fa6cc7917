package e2e

import (
	"regexp"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// If the engine is several servers, the app survives the loss of one: no
// replica restarts, and everyone stays signed in.
func TestFailOver(t *testing.T) {
	t.Parallel()
	storetest.Need(t, nginxProgram, "nginx")
	storetest.NeedRedis(t)
	for name, start := range map[string]func(testing.TB) *storetest.Group{
		"sentinel": storetest.RedisWithSentinel,
		"cluster":  func(tb testing.TB) *storetest.Group { return storetest.RedisCluster(tb, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := start(t)
			t.Cleanup(engine.Stop)
			l := startLoad(t, startFleet(t, engine.URL))
			l.signedInEverywhere(t)
			l.listedEverywhere(t)
			l.loseEngine(t, engine.Servers[0].Crash, nil)
			l.signedInEverywhere(t)
			l.listedEverywhere(t)
		})
	}
}

var endForm = regexp.MustCompile(`action="/api/auth/sessions/[A-Z0-9]+/end"`)

// listedEverywhere checks that each replica lists the sessions of all
// replicas.
func (l *load) listedEverywhere(t *testing.T) {
	t.Helper()
	here, there := authtest.NewBrowser(t), authtest.NewBrowser(t)
	l.fleet.signIn(t, l.fleet.Replicas[0], here, lin)
	l.fleet.signIn(t, l.fleet.Replicas[1], there, lin)
	for _, r := range l.fleet.Replicas {
		page := here.Get(r.URL + "/profile")
		if others := endForm.FindAllString(page.Text, -1); len(others) != 1 {
			t.Errorf("the list of two sessions: got forms %v that end another, want 1:\n%s", others, page.Text)
		}
	}
	if err := l.fleet.Provider.EndSession(lin.Subject); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*authtest.Browser{here, there} {
		if page := b.Get(l.fleet.Replicas[2].URL); showsSignedIn(page.Text, lin) {
			t.Error("after the provider's sign-out: still signed in")
		}
	}
}
