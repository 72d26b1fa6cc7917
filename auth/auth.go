package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"latchkey/auth/internal/cookies"
	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/outage"
	"latchkey/auth/internal/publicurl"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/internal/sessiontoken"
	"latchkey/auth/internal/watch"
	"latchkey/auth/store"
)

// Auth signs people in and out. It is safe for concurrent use.
type Auth struct {
	config      Config        // with its defaults
	url         publicurl.URL // the only source of our own origin
	storeOutage outage.Detector
	log         *slog.Logger
	now         func() time.Time
	sealer      *sealed.Sealer
	store       sessionStore
	engine      store.Store // for the messages between replicas
	cookies     *cookies.Jar
	tokens      *sessiontoken.Manager
	providers   []*provider
	byID        map[string]*provider
	refreshes   flight.Group[*record.Record]
	rechecks    flight.Group[struct{}]
	apis        http.RoundTripper // shared by all clients of Client, to reuse connections
	watchers    watch.Registry[SessionChange]
	newTrace    func() *signInTrace
	running     sync.WaitGroup // background work
	stop        context.CancelFunc
}

// New returns an Auth that keeps its sessions in the store, which the caller closes. It
// calls no provider. The error lists every problem of the configuration, one per line.
func New(c Config, s store.Store) (*Auth, error) {
	err := c.check()
	if s == nil {
		err = errors.Join(err, errors.New("auth.New: the session store is missing. Open one, such as store.NewMemory()"))
	}
	if err != nil {
		return nil, err
	}
	c = c.withDefaults()
	for _, warning := range c.Warnings {
		c.Log.Warn(warning)
	}
	now := c.TestClock
	a := &Auth{config: c, log: c.Log, now: now, byID: map[string]*provider{}, newTrace: untraced}
	a.url, _ = publicurl.Parse(c.URL) // check reports the error
	a.storeOutage.Now = now
	a.sealer = sealed.NewSealer(a.url.Origin, append([]string{c.Secret}, c.OldSecrets...), now)
	a.engine, a.store = s, newSessionStore(s, a.sealer, a.log, a.storeAnswered)
	a.cookies = &cookies.Jar{App: a.url, Sealer: a.sealer, Now: now}
	a.tokens = sessiontoken.New(func(ctx context.Context, token string) ([]byte, error) {
		return a.store.FindSealed(ctx, forSession, a.store.sessionKey(token))
	})
	a.apis = oidc.NewTransport()
	a.newTrace = func() *signInTrace { return newTimeline(now) }
	for _, configured := range c.Providers {
		p := newProvider(configured, a.RedirectURI(configured.ID), a.log, now)
		a.observe(p)
		a.providers = append(a.providers, p)
		a.byID[configured.ID] = p
	}
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.running.Go(func() { a.listen(ctx) })
	a.running.Go(func() { a.poll(ctx) })
	return a, nil
}

// Origin returns the app's own origin, such as https://app.example.com.
func (a *Auth) Origin() string { return a.url.Origin }

// BasePath returns the base path of the auth routes, such as /api/auth.
func (a *Auth) BasePath() string { return a.url.BasePath }

// Now returns the time by the clock that decides when sessions end: the system's, or
// Config.TestClock.
func (a *Auth) Now() time.Time { return a.now() }

// RedirectURI returns the URL to register with a provider, as its redirect URI
// and as its post-logout redirect URI.
func (a *Auth) RedirectURI(provider string) string {
	return a.url.Origin + a.url.BasePath + "/callback/" + provider
}

// Middleware loads the session of a request, once, for FromContext and for the
// actions of Auth. The request counts as activity of the person. Middleware
// writes nothing to the response.
func (a *Auth) Middleware(next http.Handler) http.Handler { return a.middleware(next, true) }

// Background is Middleware for requests that no person makes, such as polls and
// event streams: they do not extend a session.
func (a *Auth) Background(next http.Handler) http.Handler { return a.middleware(next, false) }

func (a *Auth) middleware(next http.Handler, activity bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := requestFrom(r.Context())
		if req.request == nil || req.loaded { // no WithReference, or a context of another request
			r = WithReference(r, req.reference)
			req = requestFrom(r.Context())
		}
		ctx := r.Context()
		req.loaded, req.cookies = true, r.Cookies()
		if token, ok := a.cookies.Value(req.cookies, sessionCookie); ok && len(token) == sessiontoken.Length {
			req.token = token
			req.active, req.err = a.load(ctx, token)
		}
		if req.active != nil {
			a.recheck(ctx, req)
		}
		if req.active != nil && activity {
			a.touch(ctx, req.active)
		}
		next.ServeHTTP(w, r)
	})
}

// FromContext returns the session of a request that came through Middleware, or
// nil if nobody is signed in. An error with the code StoreUnavailable means
// that the browser has a session cookie and the store did not answer.
func FromContext(ctx context.Context) (*Session, error) {
	if session := testSession(ctx); session != nil {
		return session, nil
	}
	req := requestFrom(ctx)
	if req.active == nil {
		return nil, req.err
	}
	return newSession(req.active.Summary, req.active.expiresAt, req.active.details), nil
}

// Close stops the background work and waits for it. Call it after the last
// request, and before closing the store.
func (a *Auth) Close() {
	a.stop()
	a.rechecks.Wait()
	a.refreshes.Wait()
	a.running.Wait()
	for _, p := range a.providers {
		p.oidc.Close()
	}
}

// background runs work that continues after the request, and for which Close waits.
func (a *Auth) background(ctx context.Context, limit time.Duration, work func(context.Context)) {
	ctx = withoutRequest(ctx)
	a.running.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		work(ctx)
	})
}
