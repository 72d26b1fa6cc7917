package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// load is signed-in people who use the app steadily through nginx.
type load struct {
	fleet  *fleet
	people []person
	gate   sync.RWMutex // held for reading by each request
	seen   *tally
	quit   chan struct{}
	using  sync.WaitGroup
}

type person struct {
	authtest.Person
	browser *authtest.Browser
}

// startLoad signs people in, at one replica after another, and makes them use
// the app until the test ends.
func startLoad(tb testing.TB, f *fleet) *load {
	l := &load{fleet: f, seen: newTally(), quit: make(chan struct{})}
	size, pause := 20, 200*time.Millisecond // so many that each shard of a Cluster has sessions
	if fullSize() {
		size, pause = 1000, 2*time.Second
	}
	kept := &http.Transport{MaxIdleConnsPerHost: size} // as browsers keep their connections
	tb.Cleanup(kept.CloseIdleConnections)
	for i := range size {
		p := person{users[i%len(users)], authtest.NewBrowser(tb)}
		p.browser.Client.Transport = kept
		f.signIn(tb, f.Replicas[i%3], p.browser, p.Person)
		l.people = append(l.people, p)
	}
	for i, p := range l.people {
		l.using.Go(func() { l.use(p, time.Duration(i)*pause/time.Duration(size), pause) })
	}
	tb.Cleanup(func() {
		close(l.quit)
		l.using.Wait()
	})
	return l
}

// use requests pages for one person, and now and then for someone without a
// session. Not all start at the same time.
func (l *load) use(p person, first, pause time.Duration) {
	next := time.NewTimer(first)
	for i := 1; ; i++ {
		select {
		case <-l.quit:
			return
		case <-next.C:
			next.Reset(pause)
		}
		l.gate.RLock()
		switch i % 5 {
		case 0:
			l.seen.postSignedOut(l.fleet.URL)
		case 1:
			l.seen.getSignedOut(l.fleet.URL)
		default:
			l.seen.getSignedIn(p, l.fleet.URL)
		}
		l.gate.RUnlock()
	}
}

// during returns the tally of the requests that were in progress while do ran,
// from its start to its end.
func (l *load) during(do func()) *tally {
	l.phase()
	do()
	return l.phase()
}

// current is the tally of the current phase.
func (l *load) current() *tally {
	l.gate.RLock()
	defer l.gate.RUnlock()
	return l.seen
}

// phase waits until no request is in progress, starts a new tally, and returns
// the old one.
func (l *load) phase() *tally {
	l.gate.Lock()
	defer l.gate.Unlock()
	old := l.seen
	l.seen = newTally()
	return old
}
