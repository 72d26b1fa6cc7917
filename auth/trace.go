package auth

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
)

// trace is a set of hooks that run at the steps of a sign-in, as those of
// net/http/httptrace do at the steps of a request. What they get is raw: an
// implementation shows only what is on its list. Every hook is set.
//
// A sign-in takes two requests. What SentRequest returns is kept in the sealed
// cookie of the sign-in under way, and handed to Resumed at the callback.
type trace struct {
	SentRequest     func(endpoint string, parameters url.Values) (keep string) // Core 3.1.2.1
	Resumed         func(begun time.Time, redirectURI, kept string)
	GotResponse     func(parameters url.Values)                   // Core 3.1.2.5
	GotTokens       func(tokenEvent)                              // Core 3.1.3.3
	VerifiedIDToken func(algorithm string, claims map[string]any) // Core 3.1.3.7
	GotUserinfo     func(endpoint string)                         // Core 5.3.2
	StartedSession  func(subject string) (keep string)            // kept with the session
	Failed          func() (report string)                        // for the log, as JSON
}

// tokenEvent is what a trace learns about an answer of the token endpoint.
type tokenEvent struct {
	Endpoint   string
	ClientAuth string // how we proved that we are the client
	Took       time.Duration
	Members    []string // the tokens in it, by name
	Asked      []string // the scopes that were asked for
	Scope      string   // those that were granted; empty: the answer does not say
	ExpiresIn  time.Duration
}

// noTrace is the trace of a context that has none.
var noTrace = &trace{
	SentRequest:     func(string, url.Values) string { return "" },
	Resumed:         func(time.Time, string, string) {},
	GotResponse:     func(url.Values) {},
	GotTokens:       func(tokenEvent) {},
	VerifiedIDToken: func(string, map[string]any) {},
	GotUserinfo:     func(string) {},
	StartedSession:  func(string) string { return "" },
	Failed:          func() string { return "" },
}

type traceKey struct{}

// withTrace returns a context whose sign-in is traced, where a trace is
// configured.
func (a *Auth) withTrace(ctx context.Context) context.Context {
	if a.newTrace == nil {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, a.newTrace())
}

func traceFrom(ctx context.Context) *trace {
	if t, ok := ctx.Value(traceKey{}).(*trace); ok {
		return t
	}
	return noTrace
}

// withReport adds to the error of a sign-in how far it had come.
func withReport(ctx context.Context, err error) error {
	var known *Error
	if !errors.As(err, &known) {
		return err
	}
	reported := *known
	reported.Trace = traceFrom(ctx).Failed()
	return &reported
}

// tokenEvent describes an answer of the token endpoint.
func (p *provider) tokenEvent(party *relyingParty, tokens *tokenResponse, began time.Time) tokenEvent {
	e := tokenEvent{
		Endpoint: party.TokenEndpoint, ClientAuth: string(p.authMethod(party.metadata)), Took: p.now().Sub(began),
		Members: []string{"access_token"}, Asked: p.Scopes, Scope: tokens.Scope,
	}
	if tokens.ID != "" {
		e.Members = append(e.Members, "id_token")
	}
	if tokens.Refresh != "" {
		e.Members = append(e.Members, "refresh_token")
	}
	if !tokens.Expires.IsZero() {
		e.ExpiresIn = tokens.Expires.Sub(tokens.Issued)
	}
	return e
}

// knownTokenType names a token_type that is not Bearer, if it is a registered
// one: any other could be a token.
func knownTokenType(kind string) string {
	for _, known := range []string{"DPoP", "PoP", "mac", "N_A"} {
		if strings.EqualFold(kind, known) {
			return known
		}
	}
	return "unknown"
}
