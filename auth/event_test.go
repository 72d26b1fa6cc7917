package auth_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/store"
	"latchkey/auth/store/storetest"
	"latchkey/handlers"
	"latchkey/handlers/handlerstest"
)

// eventRecorder keeps the events of all replicas of an app.
type eventRecorder struct {
	mu  sync.Mutex
	all []auth.Event
}

func (e *eventRecorder) option(c *auth.Config, _ *handlers.Config) {
	c.OnEvent = func(_ context.Context, event auth.Event) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.all = append(e.all, event)
	}
}

func (e *eventRecorder) events() []auth.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.all)
}

// counts returns how often each kind was emitted, with its reason if it has one.
func (e *eventRecorder) counts() map[string]int {
	counts := map[string]int{}
	for _, event := range e.events() {
		counts[strings.TrimSpace(string(event.Kind)+" "+string(event.Reason))]++
	}
	return counts
}

// eventApp is an app whose events are recorded. Its requests go to two replicas
// in turn.
type eventApp struct {
	*handlerstest.App
	recorded *eventRecorder
	store    *storetest.Faulty
	ahead    atomic.Int64              // how far the app's clock is ahead, in nanoseconds
	frozen   atomic.Pointer[time.Time] // nil while the clock runs
	closes   []func()
}

func (a *eventApp) advance(d time.Duration) { a.ahead.Add(int64(d)) }

// freeze stops the clock.
func (a *eventApp) freeze() {
	now := a.now()
	a.frozen.Store(&now)
}

func (a *eventApp) now() time.Time {
	if frozen := a.frozen.Load(); frozen != nil {
		return *frozen
	}
	return time.Now().Add(time.Duration(a.ahead.Load()))
}

// close closes both replicas, so that what runs in the background is done.
func (a *eventApp) close() {
	for _, stop := range a.closes {
		stop()
	}
}

func startEventApp(t *testing.T, provider *authtest.Provider, options ...func(*auth.Config, *handlers.Config)) *eventApp {
	t.Helper()
	a := &eventApp{recorded: new(eventRecorder), store: &storetest.Faulty{Store: handlerstest.OpenStore(t, "memory:")}}
	clock := func(c *auth.Config, _ *handlers.Config) {
		c.TestClock = a.now
	}
	a.App = handlerstest.StartAt(t, provider, a.store, append(options, a.recorded.option, clock)...)
	replica, err := auth.New(a.AuthConfig, a.Store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(replica.Close)
	a.closes = []func(){a.Auth.Close, replica.Close}
	first := a.Handler()
	a.HandlersConfig.Auth = replica
	second := http.Handler(a.NewHandlers(t))
	var mu sync.Mutex
	a.SetHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		next := first
		first, second = second, first
		mu.Unlock()
		next.ServeHTTP(w, r)
	}))
	return a
}

// eventCase provokes events. Every kind and reason that a test can provoke from
// outside has one.
type eventCase struct {
	name   string
	config func(c *auth.Config) // may be nil
	run    func(t *testing.T, a *eventApp, b *authtest.Browser)
	want   counted
}

// Every event is emitted once, over two replicas, and has one line in the log.
func TestEachEventIsEmittedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(sessionEvents, failedSignInEvents, refreshEvents, availabilityEvents) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := startEventApp(t, authtest.Start(t), func(config *auth.Config, h *handlers.Config) {
				handlerstest.FrontChannelLogout(config, h)
				if c.config != nil {
					c.config(config)
				}
			})
			c.run(t, a, authtest.NewBrowser(t))
			a.close()
			if got := a.recorded.counts(); !maps.Equal(got, c.want) {
				t.Errorf("events: got %v, want %v; log:\n%s", got, c.want, a.Log)
			}
			for kind, n := range perKind(c.want) {
				if got := strings.Count(a.Log.String(), `"event":"`+kind+`"`); got != n {
					t.Errorf("log lines with event=%s: got %d, want %d; log:\n%s", kind, got, n, a.Log)
				}
			}
			for _, e := range a.recorded.events() {
				if !slices.Contains(auth.EventKinds()[e.Kind], e.Reason) {
					t.Errorf("EventKinds has no %s with the reason %q", e.Kind, e.Reason)
				}
			}
		})
	}
}

// Together, the cases provoke every event of EventKinds but those listed here.
func TestEachEventIsProvoked(t *testing.T) {
	t.Parallel()
	unprovoked := map[string]string{
		"sign_in_failed internal":        "a fault of this program",
		"refresh_failed internal":        "a fault of this program",
		"logout_token_rejected internal": "a fault of this program",
		"provider_unavailable internal":  "a fault of this program",
	}
	provoked := map[string]bool{}
	for _, c := range slices.Concat(sessionEvents, failedSignInEvents, refreshEvents, availabilityEvents) {
		for name := range c.want {
			provoked[name] = true
		}
	}
	for kind, reasons := range auth.EventKinds() {
		for _, reason := range reasons {
			name := strings.TrimSpace(string(kind) + " " + string(reason))
			if _, listed := unprovoked[name]; provoked[name] == listed {
				t.Errorf("%s: provoked %t, listed as unprovoked %t", name, provoked[name], listed)
			}
		}
	}
}

func perKind(counts map[string]int) map[string]int {
	kinds := map[string]int{}
	for name, n := range counts {
		kind, _, _ := strings.Cut(name, " ")
		kinds[kind] += n
	}
	return kinds
}

// An event has the reference of the error page, and the client's network, not its
// address.
func TestEventFields(t *testing.T) {
	t.Parallel()
	proxied := func(_ *auth.Config, c *handlers.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	a := startEventApp(t, authtest.Start(t), proxied, func(c *auth.Config, _ *handlers.Config) { c.ClientAddress = handlers.ClientAddress })
	b := authtest.NewBrowser(t)
	b.Header = http.Header{"X-Forwarded-For": {"192.0.2.77"}}
	a.SignIn(t, b, authtest.Ada)
	var session string
	a.InRequest(t, b, func(ctx context.Context) {
		s, _ := auth.FromContext(ctx)
		session = s.ID
	})
	failed := b.Get(a.URL + "/api/auth/callback/asgardeo?state=unknown&code=x")
	b.Post(a.URL+"/api/auth/backchannel-logout/asgardeo", url.Values{"logout_token": {a.Provider.LogoutToken(nil)}})

	type fields struct{ kind, reason, provider, subject, session, address string }
	ada := authtest.Ada.Subject
	want := []fields{
		{"signed_in", "", "asgardeo", ada, session, "192.0.2.0/24"},
		{"sign_in_failed", "state_unknown", "asgardeo", "", "", "192.0.2.0/24"},
		{"session_ended", "provider", "asgardeo", ada, session, "192.0.2.0/24"},
		{"logout_token_received", "", "asgardeo", ada, "", "192.0.2.0/24"},
	}
	events := a.recorded.events()
	var got []fields
	for _, e := range events {
		got = append(got, fields{string(e.Kind), string(e.Reason), e.Provider, e.Subject, e.Session, e.Address})
		if e.Reference == "" || e.Time.IsZero() {
			t.Errorf("%s: got reference %q and time %v, want both", e.Kind, e.Reference, e.Time)
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("events: got\n%v, want\n%v", got, want)
	}
	if page := handlerstest.Reference(failed); page == "" || events[1].Reference != page {
		t.Errorf("the reference: got %q, want %q as on the error page", events[1].Reference, page)
	}
	if log := a.Log.String(); strings.Contains(log, "request failed") || !strings.Contains(log, fmt.Sprintf(`"reference":%q`, events[1].Reference)) {
		t.Errorf("a failed sign-in: got the log\n%s, want its event instead of a line \"request failed\"", log)
	}
}

// A subject that is an e-mail address is in the event, and not in the log.
func TestSubjectThatIsAnEmailAddressIsNotLogged(t *testing.T) {
	t.Parallel()
	person := authtest.Person{Subject: "alan@example.com", Username: "alan", Password: authtest.Password, GivenName: "Alan", FamilyName: "Turing"}
	a := startEventApp(t, authtest.Start(t, authtest.WithPeople(person)))
	a.SignIn(t, authtest.NewBrowser(t), person)
	if got := a.recorded.events(); len(got) != 1 || got[0].Subject != person.Subject {
		t.Errorf("events: got %v, want one of %s", got, person.Subject)
	}
	if log := a.Log.String(); !strings.Contains(log, `"event":"signed_in"`) || strings.Contains(log, "alan@") {
		t.Errorf("got the log\n%s, want an event without the subject", log)
	}
}

// A hook of the app that panics neither fails a sign-in nor ends the program from a
// background goroutine: the log reports it, without the panic's value.
func TestHookThatPanicsIsReported(t *testing.T) {
	t.Parallel()
	sessions := &storetest.Faulty{Store: store.NewMemory()}
	a := handlerstest.StartOn(t, sessions, func(c *auth.Config, _ *handlers.Config) {
		c.OnEvent = func(context.Context, auth.Event) { panic("s3cret") }
		c.OnProviderCall = func(string, string, int, time.Duration) { panic("s3cret") }
	})
	b := authtest.NewBrowser(t)
	a.SignIn(t, b, authtest.Ada)
	tab := a.WatchEvents(t, b) // the background polls its session
	sessions.Set(storetest.Fails())
	handlerstest.Eventually(t, "the outage in the log", func() bool { return strings.Contains(a.Log.String(), "store unavailable") })
	sessions.Set(nil)
	select {
	case event := <-tab:
		t.Errorf("the tab: got event %q, want none", event)
	default:
	}
	if log := a.Log.String(); !a.IsSignedIn(b) || strings.Count(log, "a hook of the app panicked") < 2 || strings.Contains(log, "s3cret") {
		t.Errorf("got signed in %v and the log\n%s\nwant true and the panics without their value", a.IsSignedIn(b), log)
	}
}
