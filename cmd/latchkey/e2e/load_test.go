package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/auth/authtest"
)

// load is people who are signed in and use the app steadily, through nginx.
type load struct {
	fleet  *fleet
	people []person
	gate   sync.RWMutex // each request holds it for reading
	seen   *tally
	quit   chan struct{}
	using  sync.WaitGroup
}

type person struct {
	authtest.Person
	browser *authtest.Browser
}

// startLoad signs people in, each at another replica than the one before, and
// has them use the app until the test ends.
func startLoad(tb testing.TB, f *fleet) *load {
	l := &load{fleet: f, seen: newTally(), quit: make(chan struct{})}
	size, pause := 10, 50*time.Millisecond
	if fullSize() {
		size, pause = 1000, 2*time.Second
	}
	kept := &http.Transport{MaxIdleConnsPerHost: size} // as many browsers keep their connections
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

// use has one person look at the home page, and a stranger now and then. Not
// all begin at once.
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

// during returns what became of the requests that were under way while do was
// done, from its first moment to its last.
func (l *load) during(do func()) *tally {
	l.phase()
	do()
	return l.phase()
}

// current is the tally of this phase.
func (l *load) current() *tally {
	l.gate.RLock()
	defer l.gate.RUnlock()
	return l.seen
}

// phase begins a new tally when no request is under way, and returns the old one.
func (l *load) phase() *tally {
	l.gate.Lock()
	defer l.gate.Unlock()
	old := l.seen
	l.seen = newTally()
	return old
}
