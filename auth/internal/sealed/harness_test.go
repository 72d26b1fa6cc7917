package sealed

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/auth/store"
	"latchkey/auth/store/sqlite"
)

const (
	testOrigin  = "http://localhost:3000"
	testSecret  = "a secret for tests, 32 bytes long"
	otherSecret = "another secret for tests, 32 bytes"

	forSession Purpose = "session"
	forSignIn  Purpose = "sign-in"
	forSignOut Purpose = "sign-out"
	forNotice  Purpose = "notice"
	forLogout  Purpose = "logout"
	forRefresh Purpose = "refresh"
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newSealer(c *clock, secrets ...string) *Sealer { return NewSealer(testOrigin, secrets, c.time) }

func newTestStore(s store.Store, c *clock) *Store {
	return NewStore(s, newSealer(c, testSecret), Options{
		Log:         slog.New(slog.DiscardHandler),
		Budget:      func(ctx context.Context) (context.Context, func(error)) { return ctx, func(error) {} },
		Unavailable: func(err error) error { return err },
	})
}

// onEachStore runs a test with the engines that need no server.
func onEachStore(t *testing.T, test func(t *testing.T, s store.Store)) {
	for name, url := range map[string]string{"memory": "memory:", "sqlite": "sqlite:" + filepath.Join(t.TempDir(), "latchkey.db")} {
		t.Run(name, func(t *testing.T) { test(t, openStore(t, url)) })
	}
}

func openStore(tb testing.TB, url string) store.Store {
	tb.Helper()
	var s store.Store = store.NewMemory()
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		var err error
		if s, err = sqlite.Open(tb.Context(), path); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() { s.Close() })
	return s
}
