package authtest

import (
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Fault changes how an endpoint answers. It gets the true handler, and may call it,
// change what it says, or leave it out.
type Fault func(next http.Handler) http.Handler

type (
	edit    = func(doc map[string]any)
	editJWT = func(header, claims map[string]any)
)

// misbehaviour is all that Reset takes back.
type misbehaviour struct {
	faults        map[Endpoint]Fault
	discovery     edit
	keys          edit
	tokenResponse edit
	userinfo      edit
	idToken       editJWT
	logoutToken   editJWT
	callback      func(url.Values)
	clock         time.Duration
	signer        Key
	published     []Key
}

type knobs struct {
	mu       sync.RWMutex
	turned   misbehaviour
	ever     []Key // published at some time, to know an old id_token_hint by
	requests map[Endpoint]int
}

// Reset puts every knob back to good behaviour and every counter to zero. Who is
// signed in, and the tokens handed out, stay.
func (p *Provider) Reset() {
	home := p.settings.key
	p.knobs.mu.Lock()
	defer p.knobs.mu.Unlock()
	p.knobs.requests = map[Endpoint]int{}
	p.knobs.turned = misbehaviour{faults: map[Endpoint]Fault{}, signer: home, published: []Key{home}}
}

// Handle puts a fault in an endpoint's way, in place of the one before; nil takes it
// away. Faults are ready to use in this package: [Hang], [Cut], [Answer] and more.
func (p *Provider) Handle(e Endpoint, f Fault) {
	p.knobs.turn(func(m *misbehaviour) {
		m.faults = maps.Clone(m.faults)
		m.faults[e] = f
	})
}

// EditDiscovery changes the discovery document each time it is asked for, in which lists
// are []string: it may take endpoints away, or add prompt_values_supported. As with every
// Edit, the function may be called by many requests at once, takes the place
// of the one before, and nil takes it away.
func (p *Provider) EditDiscovery(f func(doc map[string]any)) {
	p.knobs.turn(func(m *misbehaviour) { m.discovery = f })
}

// EditKeys changes the JWKS document: its "keys" are a []any of map[string]any.
func (p *Provider) EditKeys(f func(doc map[string]any)) {
	p.knobs.turn(func(m *misbehaviour) { m.keys = f })
}

// EditTokenResponse changes what the token endpoint answers when it succeeds. The ID
// token in it is edited and signed already.
func (p *Provider) EditTokenResponse(f func(doc map[string]any)) {
	p.knobs.turn(func(m *misbehaviour) { m.tokenResponse = f })
}

// EditUserinfo changes what the userinfo endpoint answers when it succeeds.
func (p *Provider) EditUserinfo(f func(claims map[string]any)) {
	p.knobs.turn(func(m *misbehaviour) { m.userinfo = f })
}

// EditIDToken changes header and claims of every ID token before it is signed.
// Times are float64 seconds.
func (p *Provider) EditIDToken(f func(header, claims map[string]any)) {
	p.knobs.turn(func(m *misbehaviour) { m.idToken = f })
}

// EditLogoutToken changes header and claims of every logout token before it is
// signed, such as the typ header, which is logout+jwt otherwise.
func (p *Provider) EditLogoutToken(f func(header, claims map[string]any)) {
	p.knobs.turn(func(m *misbehaviour) { m.logoutToken = f })
}

// EditCallback changes the parameters with which people are sent back to the redirect
// URI, those of errors too.
func (p *Provider) EditCallback(f func(query url.Values)) {
	p.knobs.turn(func(m *misbehaviour) { m.callback = f })
}

// SetClock puts the provider's clock wrong: iat, exp and auth_time of whatever it
// signs from now on are off by offset. How long things live at the provider itself
// does not change.
func (p *Provider) SetClock(offset time.Duration) {
	p.knobs.turn(func(m *misbehaviour) { m.clock = offset })
}

// Requests returns how often an endpoint was asked since the start, or since Reset.
func (p *Provider) Requests(e Endpoint) int {
	p.knobs.mu.RLock()
	defer p.knobs.mu.RUnlock()
	return p.knobs.requests[e]
}

func (k *knobs) turn(f func(*misbehaviour)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f(&k.turned)
}

func (k *knobs) now() (Key, misbehaviour) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.turned.signer, k.turned
}

func (k *knobs) edit(doc map[string]any, which func(*misbehaviour) edit) {
	_, m := k.now()
	if f := which(&m); f != nil {
		f(doc)
	}
}

// attend counts the requests to an endpoint, and lets a fault have them first.
func (k *knobs) attend(e Endpoint, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.requests[e]++
		fault := k.turned.faults[e]
		k.mu.Unlock()
		handler := next
		if fault != nil {
			handler = fault(next)
		}
		handler.ServeHTTP(w, r)
	})
}
