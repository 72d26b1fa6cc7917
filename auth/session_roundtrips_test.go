package auth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/handlers/handlerstest"
)

// recordingStore records which of its methods are called. Each takes at least one
// round trip to the engine.
type recordingStore struct {
	store.Store
	mu    sync.Mutex
	calls []string
}

func (c *recordingStore) note(method string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, method)
}

// since returns the calls since the last call of since.
func (c *recordingStore) since() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := c.calls
	c.calls = nil
	return calls
}

func (c *recordingStore) Create(ctx context.Context, r store.Record) (bool, error) {
	c.note("Create")
	return c.Store.Create(ctx, r)
}

func (c *recordingStore) Find(ctx context.Context, key store.Key) ([]byte, error) {
	c.note("Find")
	return c.Store.Find(ctx, key)
}

func (c *recordingStore) Update(ctx context.Context, key store.Key, old, data []byte, expires time.Time) (bool, error) {
	c.note("Update")
	return c.Store.Update(ctx, key, old, data, expires)
}

func (c *recordingStore) Delete(ctx context.Context, key store.Key) ([]byte, error) {
	c.note("Delete")
	return c.Store.Delete(ctx, key)
}

func (c *recordingStore) List(ctx context.Context, index store.Key) ([]store.Record, error) {
	c.note("List")
	return c.Store.List(ctx, index)
}

func (c *recordingStore) Publish(ctx context.Context, message string) error {
	c.note("Publish")
	return c.Store.Publish(ctx, message)
}

func (c *recordingStore) Ping(ctx context.Context) error {
	c.note("Ping")
	return c.Store.Ping(ctx)
}

// A page takes one lookup for a signed-in user, and none for a signed-out one.
func TestSessionLookupTakesOneRoundTrip(t *testing.T) {
	t.Parallel()
	c := &recordingStore{Store: handlerstest.OpenStore(t, "memory:")}
	a := handlerstest.StartOn(t, c)
	b, stranger := authtest.NewBrowser(t), authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	c.since()
	for _, test := range []struct {
		path    string
		browser *authtest.Browser
		want    []string
	}{
		{"/", b, []string{"Find"}},
		{"/api/auth/session", b, []string{"Find"}},
		{"/healthz", b, nil},
		{"/", stranger, nil},
		{"/api/auth/session", stranger, nil},
	} {
		if got := test.browser.Get(a.URL + test.path).StatusCode; got != http.StatusOK {
			t.Errorf("GET %s: got status %d, want 200", test.path, got)
		}
		if diff := cmp.Diff(test.want, c.since()); diff != "" {
			t.Errorf("GET %s: calls of the store (-want +got):\n%s", test.path, diff)
		}
	}
}
