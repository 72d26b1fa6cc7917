package oidc

import (
	"context"
	"net/url"
	"time"
)

// Trace is a set of hooks that run at the steps of a sign-in, as those of
// net/http/httptrace run at the steps of a request. Their arguments are raw and may
// be secret: an implementation shows only what is on an allowlist. Every
// hook is set.
type Trace struct {
	SentRequest     func(endpoint string, parameters url.Values)  // Core 3.1.2.1
	GotResponse     func(parameters url.Values)                   // Core 3.1.2.5
	GotTokens       func(TokenEvent)                              // Core 3.1.3.3
	VerifiedIDToken func(algorithm string, claims map[string]any) // Core 3.1.3.7
	GotUserinfo     func(endpoint string)                         // Core 5.3.2
}

// TokenEvent is a response of the token endpoint.
type TokenEvent struct {
	*Tokens
	Endpoint        string
	ClientAuth      string // the method of client authentication
	Took            time.Duration
	RequestedScopes []string
}

type traceKey struct{}

// WithTrace returns a context whose calls of this package run the hooks of a trace.
func WithTrace(ctx context.Context, t *Trace) context.Context {
	return context.WithValue(ctx, traceKey{}, t)
}

// NoTrace is the trace of a context without one.
var NoTrace = &Trace{
	SentRequest:     func(string, url.Values) {},
	GotResponse:     func(url.Values) {},
	GotTokens:       func(TokenEvent) {},
	VerifiedIDToken: func(string, map[string]any) {},
	GotUserinfo:     func(string) {},
}

func traceFrom(ctx context.Context) *Trace {
	if t, ok := ctx.Value(traceKey{}).(*Trace); ok {
		return t
	}
	return NoTrace
}
