package auth_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/auth"
	"latchkey/auth/authtest"
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
}

func startEventApp(t *testing.T, provider *authtest.Provider, options ...func(*auth.Config, *handlers.Config)) *eventApp {
	t.Helper()
	recorded := new(eventRecorder)
	a := handlerstest.StartAt(t, provider, handlerstest.OpenStore(t, "memory:"), append(options, recorded.option)...)
	replica, err := auth.New(a.AuthConfig, a.Store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(replica.Close)
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
	return &eventApp{a, recorded}
}

// Every event is emitted once, over two replicas, and has one line in the log.
func TestEachEventIsEmittedOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options []authtest.Option
		run     func(t *testing.T, a *eventApp, b *authtest.Browser)
		want    map[string]int
	}{
		"sign-in and sign-out": {nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
			a.SignIn(t, b, authtest.Ada)
			b.Post(a.URL+"/api/auth/signout", nil)
			b.Post(a.URL+"/api/auth/signout", nil)
		}, map[string]int{"signed_in": 1, "session_ended person": 1}},
		"a second sign-in": {nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
			a.SignIn(t, b, authtest.Ada)
			a.SignIn(t, b, authtest.Ada)
		}, map[string]int{"signed_in": 2, "session_ended replaced": 1}},
		"a confirmation": {nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
			a.SignIn(t, b, authtest.Ada)
			b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Ada))
		}, map[string]int{"signed_in": 1, "step_up_confirmed": 1, "session_ended replaced": 1}},
		"a confirmation by another person": {nil, func(t *testing.T, a *eventApp, b *authtest.Browser) {
			a.SignIn(t, b, authtest.Ada)
			b.Walk(b.SignIn(a.StartConfirmation(t, b), authtest.Grace))
		}, map[string]int{"signed_in": 1, "sign_in_failed wrong_person": 1}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := startEventApp(t, authtest.Start(t, c.options...))
			c.run(t, a, authtest.NewBrowser(t))
			a.Auth.Close()
			if got := a.recorded.counts(); !maps.Equal(got, c.want) {
				t.Errorf("events: got %v, want %v; log:\n%s", got, c.want, a.Log)
			}
			for kind, n := range perKind(c.want) {
				if got := strings.Count(a.Log.String(), `"event":"`+kind+`"`); got != n {
					t.Errorf("log lines with event=%s: got %d, want %d; log:\n%s", kind, got, n, a.Log)
				}
			}
		})
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
	proxied := func(_ *auth.Config, c *handlers.Config) { c.TrustedProxies = []string{"127.0.0.0/8", "::1/128"} }
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
