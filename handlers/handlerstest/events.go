package handlerstest

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"latchkey/auth/authtest"
)

// WatchEvents opens a browser's event stream and waits for its first line. The
// channel delivers the first event, or is closed when the stream ends without one.
func (a *App) WatchEvents(t *testing.T, b *authtest.Browser) (event <-chan string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL+"/api/auth/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.Client.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the event stream: got %v, %v, want 200", resp, err)
	}
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() {
		t.Fatal("the event stream is empty")
	}
	events := make(chan string, 1)
	go func() {
		defer resp.Body.Close()
		defer close(events)
		for lines.Scan() {
			if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events <- event
				io.Copy(io.Discard, resp.Body)
			}
		}
	}()
	return events
}
