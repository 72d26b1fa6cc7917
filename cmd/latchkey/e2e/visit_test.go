package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// A first visit with an empty cache takes three requests: the page, one style
// sheet and one script. The icon does not count: browsers load it later.
func TestFirstVisitTakesThreeRequests(t *testing.T) {
	t.Parallel()
	const maxRequests, maxBytes = 3, 25 << 10
	p := started(t)
	b := openBrowser(t)
	b.open(p.URL)
	var bytes float64
	var asked []string
	eventually(t, "every request is finished", func() bool {
		bytes, asked = 0, nil
		for _, r := range b.pageRequests() {
			if !r.finished {
				return false
			}
			bytes += r.bytes
			asked = append(asked, fmt.Sprintf("%.0f bytes: %s", r.bytes, r.url))
		}
		return len(asked) > 0
	})
	t.Logf("a first visit: %d requests, %.0f bytes: %q", len(asked), bytes, asked)
	if len(asked) > maxRequests || bytes > maxBytes {
		t.Errorf("a first visit: got %d requests and %.0f bytes, want at most %d and %d: %q", len(asked), bytes, maxRequests, maxBytes, asked)
	}

	b.open(p.URL + "/profile")
	b.expectComplaint("status of 401")
	b.sees("Sign in")
	for _, r := range b.pageRequests()[len(asked):] {
		if strings.Contains(r.url, "/api/auth/assets/") && r.bytes > 0 {
			t.Errorf("a second visit: got %.0f bytes of %s, want none: it never changes, and the cache has it", r.bytes, r.url)
		}
	}
}

// pageRequests returns the requests of the page, without the icon.
func (t *tab) pageRequests() (all []request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.requests {
		if r.kind != network.ResourceTypeOther {
			all = append(all, *r)
		}
	}
	return all
}
