package auth

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/outage"
	"latchkey/auth/internal/record"
	"latchkey/auth/store"
)

// Event is something that happened, for the operator. Each is one line in the log and one
// call of Config.OnEvent. The exported fields are the allowlist of what metrics, alerts and
// audits may see: no name, no token, no text from outside.
type Event struct {
	Time      time.Time
	Kind      EventKind
	Reason    Reason // see EventKinds; empty for a kind that needs none
	Provider  string // the provider's id; may be empty
	Subject   string // the person: sub, unique within the provider; may be empty
	Session   string // Session.ID; may be empty
	Reference string // of the request, as on an error page; see WithReference
	Address   string // the client's network, such as 192.0.2.0/24; may be empty

	err error // the cause, for the log; see Error.Err
}

// EventKind is what happened.
type EventKind string

// The kinds of events. EventKinds has their reasons.
const (
	EventSignedIn            EventKind = "signed_in"
	EventStepUpConfirmed     EventKind = "step_up_confirmed" // a Confirmation; a new session replaces the old one
	EventSignInFailed        EventKind = "sign_in_failed"
	EventSignInCanceled      EventKind = "sign_in_canceled" // by the person, at the provider
	EventSignInRefused       EventKind = "sign_in_refused"  // by the app's Admit hook
	EventSessionEnded        EventKind = "session_ended"
	EventTokensRefreshed     EventKind = "tokens_refreshed"
	EventRefreshFailed       EventKind = "refresh_failed"
	EventLogoutTokenReceived EventKind = "logout_token_received"
	EventLogoutTokenRejected EventKind = "logout_token_rejected"
	EventProviderUnavailable EventKind = "provider_unavailable" // once, until it is available
	EventProviderAvailable   EventKind = "provider_available"
	EventStoreUnavailable    EventKind = "store_unavailable" // once, until it is available
	EventStoreAvailable      EventKind = "store_available"
)

// Reason is why it happened: the Code of a failure, or one of these.
type Reason string

// Who ended a session, and failures that have no Code.
const (
	ByPerson          Reason = "person"           // with Sign Out
	ByPersonElsewhere Reason = "person_elsewhere" // in the list of another session
	ByProvider        Reason = "provider"         // by a logout token, or by revoking the refresh token
	ByApp             Reason = "app"              // with EndSessions or EndListed
	ByExpiry          Reason = "expiry"           // only if a tab is open: otherwise no one notices
	ByEviction        Reason = "eviction"         // the person had too many
	ByReplacement     Reason = "replaced"         // by a new session of the same browser

	ClientDisconnected   Reason = "client_disconnected" // before the response
	RefreshTokenRevoked  Reason = "refresh_token_revoked"
	RefreshTokenRejected Reason = "refresh_token_rejected" // the session continues without new tokens
)

// EventKinds returns all kinds, each with all of its reasons.
func EventKinds() map[EventKind][]Reason {
	provider := []Reason{Reason(ProviderUnavailable), Reason(ProviderFault), Reason(Misconfigured), Reason(Internal)}
	with := func(more ...Reason) []Reason { return append(more, provider...) }
	none := []Reason{""}
	return map[EventKind][]Reason{
		EventSignedIn: none, EventStepUpConfirmed: none, EventSignInCanceled: none, EventTokensRefreshed: none, EventLogoutTokenReceived: none,
		EventSignInRefused: {Reason(Refused)},
		EventSignInFailed: with(Reason(BadRequest), Reason(StateUnknown), Reason(StateExpired), Reason(StateUsed), Reason(WrongIssuer), Reason(ProviderRefused),
			Reason(SignedOutMeanwhile), Reason(SessionEnded), Reason(NotConfirmed), Reason(WrongPerson), Reason(StoreUnavailable), Reason(ClockSkew), ClientDisconnected),
		EventSessionEnded:        {ByPerson, ByPersonElsewhere, ByProvider, ByApp, ByExpiry, ByEviction, ByReplacement},
		EventRefreshFailed:       with(RefreshTokenRevoked, RefreshTokenRejected, Reason(ClockSkew), Reason(SessionEnded), Reason(StoreUnavailable)),
		EventLogoutTokenRejected: {Reason(LogoutTokenInvalid), Reason(ProviderUnavailable), Reason(StoreUnavailable), Reason(Internal), ClientDisconnected},
		EventProviderUnavailable: provider, EventProviderAvailable: none,
		EventStoreUnavailable: none, EventStoreAvailable: none,
	}
}

// emit reports an event to the log and to Config.OnEvent.
func (a *Auth) emit(ctx context.Context, e Event) {
	req := requestFrom(ctx)
	e.Time, e.Reference = a.now(), req.reference
	if req.request != nil {
		e.Address = a.ClientNetwork(req.request)
	}
	a.log.LogAttrs(ctx, e.level(), eventText.Replace(string(e.Kind)), e.attrs()...)
	if a.config.OnEvent != nil {
		flight.CallHook(a.log, func() { a.config.OnEvent(ctx, e) })
	}
}

// eventText turns a kind into words.
var eventText = strings.NewReplacer("sign_in", "sign-in", "step_up", "step-up", "_", " ")

// report emits the event of a failure, once, and returns the error marked as
// logged. The reason is the error's code unless the event has one.
func (a *Auth) report(ctx context.Context, e Event, err error) error {
	var known *Error
	if err == nil || reported(err) {
		return err
	}
	if !errors.As(err, &known) {
		known = &Error{Code: Internal, Provider: e.Provider, Err: err}
	}
	switch {
	case e.Reason != "":
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		e.Reason = ClientDisconnected
	default:
		e.Reason = Reason(known.Code)
	}
	e.err = err
	a.emit(ctx, e)
	logged := *known
	logged.Logged = true
	return &logged
}

// reported reports whether an error is in the log already.
func reported(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Logged
}

// sessionEvent returns an event of a session. A nil summary, of a record that does not
// open, gives an event without a person.
func sessionEvent(f *record.Summary, kind EventKind, reason Reason) Event {
	if f == nil {
		return Event{Kind: kind, Reason: reason}
	}
	return Event{Kind: kind, Reason: reason, Provider: f.Provider, Subject: f.Subject, Session: f.PublicID}
}

// level is error for what the operator has to fix, and warn for other failures.
func (e Event) level() slog.Level {
	switch e.Reason {
	case Reason(ProviderUnavailable), Reason(ProviderFault), Reason(ClockSkew), Reason(Misconfigured), Reason(StoreUnavailable), Reason(Internal):
		return slog.LevelError
	case ClientDisconnected:
		return slog.LevelInfo
	}
	switch e.Kind {
	case EventStoreUnavailable:
		return slog.LevelError
	case EventSignInFailed, EventSignInRefused, EventRefreshFailed, EventLogoutTokenRejected:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// attrs returns the fields of the log line.
func (e Event) attrs() []slog.Attr {
	all := []slog.Attr{slog.String("event", string(e.Kind))}
	subject := oidc.Sanitize(e.Subject)
	if strings.Contains(subject, "@") { // at some providers it can be an e-mail address, and the log identifies no person
		subject = ""
	}
	for _, field := range []struct{ name, value string }{
		{"reason", string(e.Reason)}, {"provider", e.Provider}, {"subject", subject},
		{"session", e.Session}, {"reference", e.Reference}, {"address", e.Address},
	} {
		if field.value != "" {
			all = append(all, slog.String(field.name, field.value))
		}
	}
	if e.err != nil {
		all = append(all, slog.Any("error", e.err))
	}
	var known *Error
	if errors.As(e.err, &known) && known.Trace != "" {
		all = append(all, slog.Any("steps", json.RawMessage(known.Trace))) // the sign-in's timeline so far
	}
	return all
}

// storeAnswered emits an event when the store stops answering, and when it answers again.
// It is called with the error of each call. A call that its caller canceled says nothing.
func (a *Auth) storeAnswered(ctx context.Context, err error) {
	answered := err == nil || errors.Is(err, store.ErrMalformed)
	switch {
	case answered && a.storeOutage.Succeeded(""):
		a.emit(withoutRequest(ctx), Event{Kind: EventStoreAvailable})
	case !answered && ctx.Err() == nil && a.storeOutage.Failed(""):
		a.emit(withoutRequest(ctx), Event{Kind: EventStoreUnavailable, err: err})
	}
}

// observe passes the calls of a provider to Config.OnProviderCall, and emits an event when
// it stops answering, and when it answers again.
func (a *Auth) observe(p *provider) {
	detector := &outage.Detector{Now: a.now}
	report := func(part string, err error) {
		switch {
		case err != nil && detector.Failed(part):
			a.emit(context.Background(), Event{Kind: EventProviderUnavailable, Reason: Reason(CodeOf(err)), Provider: p.ID, err: err})
		case err == nil && detector.Succeeded(part):
			a.emit(context.Background(), Event{Kind: EventProviderAvailable, Provider: p.ID})
		}
	}
	p.oidc.Discovered = func(err error) { report("discovery", fromOIDC(err)) }
	p.oidc.Called = func(c oidc.Call) {
		if a.config.OnProviderCall != nil {
			flight.CallHook(a.log, func() { a.config.OnProviderCall(p.ID, c.Endpoint, c.Status, c.Took) })
		}
		if c.IsEssential() {
			report(c.Endpoint, wrap(ProviderUnavailable, p.ID, c.Failure()))
		}
	}
}
