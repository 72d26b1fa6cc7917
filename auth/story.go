package auth

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// Step is one step of a sign-in, as the person can read it afterwards, and the
// log where it failed. It holds no secret: of those, it says only that they
// were there.
type Step struct {
	Name  string    `json:"n"` // the specification's name, as "token request"
	At    time.Time `json:"t"`
	Facts []Fact    `json:"f,omitempty"`
}

// Fact is one thing that a step sent, received or checked.
type Fact struct {
	Name  string `json:"n"`
	Value string `json:"v,omitempty"`
}

// The steps, in the order in which they are taken.
const (
	StepRequest  = "authorization request"  // Core 3.1.2.1
	StepResponse = "authorization response" // Core 3.1.2.5
	StepTokens   = "token response"         // Core 3.1.3.3
	StepIDToken  = "ID token validation"    // Core 3.1.3.7
	StepUserinfo = "userinfo response"      // Core 5.3.2
	StepSession  = "session"
)

// story collects the steps of one sign-in.
type story struct {
	mu    sync.Mutex
	steps []Step
}

type storyKey struct{}

// withStory returns a context in which note collects steps.
func withStory(ctx context.Context) (context.Context, *story) {
	s := new(story)
	return context.WithValue(ctx, storyKey{}, s), s
}

// note adds a step to the story of the sign-in under way. The facts are names
// and values in turn; a fact without a value was there, or held.
func note(ctx context.Context, at time.Time, name string, facts ...string) {
	s, ok := ctx.Value(storyKey{}).(*story)
	if !ok {
		return
	}
	step := Step{Name: name, At: at}
	for pair := range slices.Chunk(facts, 2) {
		step.Facts = append(step.Facts, Fact{pair[0], pair[1]})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step)
}

func (s *story) all() []Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.steps)
}

// secretParameters are told by name alone.
var secretParameters = []string{"code", "state", "nonce", "code_challenge", "session_state"}

// parameters are a request's or a response's parameters as facts.
func parameters(query url.Values) []string {
	var facts []string
	for _, name := range sortedNames(query) {
		value := query.Get(name)
		if slices.Contains(secretParameters, name) {
			value = ""
		}
		facts = append(facts, brief(name), brief(value, query.Get("code"), query.Get("state")))
	}
	return facts
}

func sortedNames(query url.Values) []string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[:min(len(names), 20)]
}

// noteRequest tells of the authorization request that this sign-in began with.
func (p *provider) noteRequest(ctx context.Context, party *relyingParty, s *signIn) {
	request := p.authorizationRequest(party, s, SignInRequest{})
	request.Set("code_challenge_method", string(oidc.CodeChallengeMethodS256))
	note(ctx, s.Begun, StepRequest, append([]string{"to", origin(party.AuthorizationEndpoint)}, parameters(request)...)...)
}

func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// noteTokens tells what the token endpoint has sent.
func (p *provider) noteTokens(ctx context.Context, party *relyingParty, tokens *oauth2.Token, began time.Time) {
	facts := []string{
		"from", origin(party.TokenEndpoint),
		"client authentication", string(p.authMethod(party.metadata)),
		"took", p.now().Sub(began).Round(time.Millisecond).String(),
		"access_token", "",
	}
	for _, name := range []string{"id_token", "refresh_token"} {
		if tokens.Extra(name) != nil {
			facts = append(facts, name, "")
		}
	}
	if scope, ok := tokens.Extra("scope").(string); ok {
		facts = append(facts, "scope", brief(scope))
	}
	if !tokens.Expiry.IsZero() {
		facts = append(facts, "expires_in", tokens.Expiry.Sub(p.now()).Round(time.Second).String())
	}
	note(ctx, p.now(), StepTokens, facts...)
}

// noteIDToken tells what was checked of the ID token.
func (p *provider) noteIDToken(ctx context.Context, c claims, algorithm jose.SignatureAlgorithm) {
	facts := []string{"signature", string(algorithm), "iss", c.text("iss"), "aud", p.ClientID, "exp", "", "iat", "", "nonce", ""}
	if c.text("at_hash") != "" {
		facts = append(facts, "at_hash", "")
	}
	for _, optional := range []string{"azp", "acr"} {
		if value := c.text(optional); value != "" {
			facts = append(facts, optional, value)
		}
	}
	if amr, ok := c.list("amr"); ok {
		facts = append(facts, "amr", strings.Join(amr, " "))
	}
	note(ctx, p.now(), StepIDToken, facts...)
}

// tellStory is the story as it is kept with the session, up to its beginning.
func tellStory(ctx context.Context, now time.Time, r *record) string {
	note(ctx, now, StepSession, "sub", r.Subject)
	s, ok := ctx.Value(storyKey{}).(*story)
	if !ok {
		return ""
	}
	return object(s.all())
}

// Story returns how the person was signed in, step by step.
func (s *Session) Story() []Step {
	var steps []Step
	if story := s.opened().Story; story != "" {
		json.Unmarshal([]byte(story), &steps) // written by us
	}
	return steps
}
