package auth

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/store"
)

// steadyTime is how long nothing may fail until a provider or the store counts as
// available again: one that answers every other call goes down once, not many times.
const steadyTime = time.Second

// availability notices when a provider or the store stops answering, and when it
// answers again: each once, over all concurrent calls.
type availability struct {
	now  func() time.Time
	down atomic.Bool // so that a success costs nothing while all is well

	mu       sync.Mutex
	failing  map[string]struct{} // the parts whose last call failed
	failedAt time.Time           // the last failure
}

// failed notes that a part failed, and reports whether all was well before.
func (v *availability) failed(part string) (first bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failing == nil {
		v.failing = map[string]struct{}{}
	}
	v.failing[part], v.failedAt = struct{}{}, v.now()
	return !v.down.Swap(true)
}

// succeeded notes that a part works, and reports whether all is well again.
func (v *availability) succeeded(part string) (back bool) {
	if !v.down.Load() {
		return false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.failing, part)
	well := len(v.failing) == 0 && v.now().Sub(v.failedAt) >= steadyTime
	return well && v.down.Swap(false)
}

// storeAnswered is told the result of each call of the store. A call whose caller
// gave up, or had less time than the store usually gets, says nothing.
func (a *Auth) storeAnswered(ctx context.Context, err error) {
	answered := err == nil || errors.Is(err, store.ErrMalformed)
	switch {
	case answered && a.storeUp.succeeded(""):
		a.emit(withoutRequest(ctx), Event{Kind: EventStoreAvailable})
	case !answered && ctx.Err() == nil && a.storeUp.failed(""):
		a.emit(withoutRequest(ctx), Event{Kind: EventStoreUnavailable, err: err})
	}
}

// observe reports the calls of a provider, and when it is unavailable and back.
func (a *Auth) observe(p *provider) {
	state := &availability{now: a.now}
	report := func(part string, err error) {
		switch {
		case err != nil && state.failed(part):
			a.emit(context.Background(), Event{Kind: EventProviderUnavailable, Reason: Reason(CodeOf(err)), Provider: p.ID, err: err})
		case err == nil && state.succeeded(part):
			a.emit(context.Background(), Event{Kind: EventProviderAvailable, Provider: p.ID})
		}
	}
	p.oidc.Discovered = func(err error) { report("discovery", fromOIDC(err)) }
	p.oidc.Called = func(c oidc.Call) {
		if a.onCall != nil {
			a.onCall(ProviderCall{p.ID, c.Endpoint, c.Status, c.Took})
		}
		if c.Telling() {
			report(c.Endpoint, wrap(ProviderUnavailable, p.ID, c.Failure()))
		}
	}
}

// ProviderCall is one call of a provider, for Config.OnProviderCall.
type ProviderCall struct {
	Provider string // the provider's id
	Endpoint string // one of ProviderEndpoints
	Status   int    // of the response; 0 without one
	Took     time.Duration
}

// ProviderEndpoints returns all values of ProviderCall.Endpoint.
func ProviderEndpoints() []string { return slices.Clone(oidc.Endpoints) }
