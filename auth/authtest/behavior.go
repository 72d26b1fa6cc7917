package authtest

import (
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Fault changes how an endpoint responds. It receives the endpoint's handler, and may
// call it, change its response, or respond itself.
type Fault func(next http.Handler) http.Handler

// behavior is what a test changes while the provider runs.
type behavior struct {
	mu            sync.RWMutex
	changes       changes
	made          []Key // by RotateKeys
	everPublished []Key // an id_token_hint may be older than the present keys
	requests      map[Endpoint]int
}

// changes are what Reset undoes.
type changes struct {
	faults        map[Endpoint]Fault
	discovery     func(doc map[string]any)
	keys          func(doc map[string]any)
	tokenResponse func(doc map[string]any)
	userinfo      func(doc map[string]any)
	idToken       func(header, claims map[string]any)
	logoutToken   func(header, claims map[string]any)
	callback      func(query url.Values)
	now           func() time.Time
	signingKey    Key
	published     []Key
}

// Reset undoes all faults, edits and changes of keys and clock, and sets the counts of
// requests to zero. Sessions and tokens stay valid.
func (p *Provider) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = map[Endpoint]int{}
	p.changes = changes{faults: map[Endpoint]Fault{}, now: time.Now, signingKey: p.key, published: []Key{p.key}}
}

// Handle sets the fault of an endpoint; nil removes it. This package has faults such
// as [Hang], [Status] and [OAuthError].
func (p *Provider) Handle(e Endpoint, f Fault) {
	p.change(func(c *changes) {
		c.faults = maps.Clone(c.faults)
		c.faults[e] = f
	})
}

// EditDiscovery sets a function that changes each discovery document before it is
// sent, in which lists are []string. As with every Edit method, the function may run in
// several requests at once, replaces the one before, and nil removes it.
func (p *Provider) EditDiscovery(f func(doc map[string]any)) {
	p.change(func(c *changes) { c.discovery = f })
}

// EditKeys changes each JWKS document, whose "keys" are a []any of map[string]any.
func (p *Provider) EditKeys(f func(doc map[string]any)) { p.change(func(c *changes) { c.keys = f }) }

// EditTokenResponse changes each successful response of the token endpoint. The ID
// token in it has been signed.
func (p *Provider) EditTokenResponse(f func(doc map[string]any)) {
	p.change(func(c *changes) { c.tokenResponse = f })
}

// EditUserinfo changes each successful response of the userinfo endpoint.
func (p *Provider) EditUserinfo(f func(claims map[string]any)) {
	p.change(func(c *changes) { c.userinfo = f })
}

// EditIDToken changes header and claims of each ID token before it is signed. Times
// are float64 seconds.
func (p *Provider) EditIDToken(f func(header, claims map[string]any)) {
	p.change(func(c *changes) { c.idToken = f })
}

// EditLogoutToken changes header and claims of each logout token before it is signed.
func (p *Provider) EditLogoutToken(f func(header, claims map[string]any)) {
	p.change(func(c *changes) { c.logoutToken = f })
}

// EditCallback changes the parameters of each authorization response, also of its
// errors.
func (p *Provider) EditCallback(f func(query url.Values)) {
	p.change(func(c *changes) { c.callback = f })
}

// SetClock sets the provider's clock, such as [Clock.Now]: the times in its tokens, and
// when codes, tokens and max_age expire.
func (p *Provider) SetClock(now func() time.Time) { p.change(func(c *changes) { c.now = now }) }

// Requests returns how many requests an endpoint has had since the start or since
// Reset, with those that a fault responded to.
func (p *Provider) Requests(e Endpoint) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.requests[e]
}

func (b *behavior) change(f func(*changes)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.changes)
}

func (b *behavior) current() changes {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.changes
}

// time returns what the provider's clock shows.
func (b *behavior) time() time.Time { return b.current().now() }

// withFaults counts the requests to an endpoint, and applies its fault.
func (b *behavior) withFaults(e Endpoint, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.requests[e]++
		fault := b.changes.faults[e]
		b.mu.Unlock()
		handler := next
		if fault != nil {
			handler = fault(next)
		}
		handler.ServeHTTP(w, r)
	})
}
