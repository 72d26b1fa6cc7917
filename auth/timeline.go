package auth

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

// This file turns the hooks of a trace into the timeline of a sign-in: rows
// for the profile, and for the log where it failed. Without this file, and its
// one call in newAt, there is no timeline.

// TimelineStep is one step of a sign-in. It holds no secret.
type TimelineStep struct {
	Name  string         `json:"n"` // the specification's name, as "token request"
	At    time.Time      `json:"t"`
	Facts []TimelineFact `json:"f,omitempty"`
}

// TimelineFact is something that a step sent, received or checked. Without a value, only
// its presence is shown.
type TimelineFact struct {
	Name  string `json:"n"`
	Value string `json:"v,omitempty"`
}

// The steps, in order.
const (
	StepRequest  = "authorization request"  // Core 3.1.2.1
	StepResponse = "authorization response" // Core 3.1.2.5
	StepTokens   = "token response"         // Core 3.1.3.3
	StepIDToken  = "ID token validation"    // Core 3.1.3.7
	StepUserinfo = "userinfo response"      // Core 5.3.2
	StepSession  = "session"
)

// shownByValue lists the facts of each step whose values are shown, in order. Others are
// shown by name, if it is one of oidc.ParameterNames.
var shownByValue = map[string][]string{
	StepRequest: {
		"to", "response_type", "prompt", "max_age", "acr_values", "login_hint", "fidp", "org", "scope", "client_id", "redirect_uri",
		"code_challenge_method", "response_mode", "ui_locales", "display",
	},
	StepResponse: {"error", "error_description"},
	StepTokens:   {"from", "client authentication", "took", "scope", "expires_in"},
	StepIDToken:  {"signature", "iss", "aud", "azp", "acr", "amr"},
	StepUserinfo: {"from"},
	StepSession:  {"sub"},
}

const otherParameters = "other parameters"

// shown returns the facts of a step that may be shown.
func shown(step string, facts []TimelineFact) []TimelineFact {
	var list []TimelineFact
	for _, f := range facts {
		switch {
		case slices.Contains(shownByValue[step], f.Name), f.Name == otherParameters:
			list = append(list, TimelineFact{f.Name, oidc.Sanitize(f.Value)})
		case slices.Contains(oidc.ParameterNames, f.Name):
			list = append(list, TimelineFact{Name: f.Name})
		}
	}
	return list
}

// parameterFacts returns the facts of a request or a response: the known parameters in the
// order of the lists, and the number of others.
func parameterFacts(step string, parameters url.Values) []TimelineFact {
	var list []TimelineFact
	for _, name := range append(slices.Clone(shownByValue[step]), oidc.ParameterNames...) {
		repeated := slices.ContainsFunc(list, func(f TimelineFact) bool { return f.Name == name })
		if parameters.Has(name) && !repeated {
			list = append(list, TimelineFact{name, parameters.Get(name)})
		}
	}
	if others := len(parameters) - len(list); others > 0 {
		list = append(list, TimelineFact{otherParameters, strconv.Itoa(others)})
	}
	return list
}

// timeline collects the steps of one sign-in.
type timeline struct {
	now   func() time.Time
	mu    sync.Mutex
	steps []TimelineStep
}

// newTimeline returns a trace that collects a timeline.
func newTimeline(now func() time.Time) *signInTrace {
	t := &timeline{now: now}
	return &signInTrace{
		Trace: oidc.Trace{
			SentRequest: t.sentRequest, GotResponse: t.gotResponse, GotTokens: t.gotTokens,
			VerifiedIDToken: t.verifiedIDToken, GotUserinfo: t.gotUserinfo,
		},
		Kept: t.packed, Resumed: t.resumed, StartedSession: t.startedSession, Failed: t.failed,
	}
}

func (t *timeline) add(at time.Time, name string, facts ...TimelineFact) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps = append(t.steps, TimelineStep{name, at, shown(name, facts)})
}

func (t *timeline) sentRequest(endpoint string, parameters url.Values) {
	t.add(t.now(), StepRequest, append([]TimelineFact{{"to", origin(endpoint)}}, parameterFacts(StepRequest, parameters)...)...)
}

// packed returns the first step, for the cookie of the sign-in.
func (t *timeline) packed() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.steps) == 0 {
		return ""
	}
	return packFacts(t.steps[0].Facts)
}

func (t *timeline) resumed(startedAt time.Time, redirectURI, kept string) {
	t.add(startedAt, StepRequest, unpackFacts(kept, redirectURI)...)
}

func (t *timeline) gotResponse(parameters url.Values) {
	facts := parameterFacts(StepResponse, parameters)
	for i := range facts {
		facts[i].Value = oidc.Sanitize(facts[i].Value, oidc.OtherValues(parameters)...)
	}
	t.add(t.now(), StepResponse, facts...)
}

func (t *timeline) gotTokens(e oidc.TokenEvent) {
	facts := []TimelineFact{{"from", origin(e.Endpoint)}, {"client authentication", e.ClientAuth}, {"took", e.Took.Round(time.Millisecond).String()}}
	for _, name := range e.Tokens {
		facts = append(facts, TimelineFact{Name: name})
	}
	if e.Scope != "" {
		facts = append(facts, TimelineFact{"scope", knownScopes(e)})
	}
	if e.ExpiresIn != 0 {
		facts = append(facts, TimelineFact{"expires_in", e.ExpiresIn.Round(time.Second).String()})
	}
	t.add(t.now(), StepTokens, facts...)
}

// knownScopes names the requested scopes among the granted ones, and counts the others.
func knownScopes(e oidc.TokenEvent) string {
	all := strings.Fields(e.Scope)
	known := slices.DeleteFunc(slices.Clone(all), func(scope string) bool { return !slices.Contains(e.RequestedScopes, scope) })
	if others := len(all) - len(known); others > 0 {
		known = append(known, "and "+strconv.Itoa(others)+" more")
	}
	return strings.Join(known, " ")
}

func (t *timeline) verifiedIDToken(algorithm string, c map[string]any) {
	facts := []TimelineFact{{"signature", algorithm}, {Name: "exp"}, {Name: "iat"}, {Name: "nonce"}}
	for _, name := range []string{"iss", "aud", "azp", "acr", "amr", "at_hash"} {
		if values, ok := oidc.Claims(c).List(name); ok {
			facts = append(facts, TimelineFact{name, strings.Join(values, " ")})
		}
	}
	t.add(t.now(), StepIDToken, facts...)
}

func (t *timeline) gotUserinfo(endpoint string) {
	t.add(t.now(), StepUserinfo, TimelineFact{"from", origin(endpoint)}, TimelineFact{Name: "sub"})
}

func (t *timeline) startedSession(subject string) string {
	t.add(t.now(), StepSession, TimelineFact{"sub", subject})
	t.mu.Lock()
	defer t.mu.Unlock()
	return record.ToJSON(t.steps)
}

// failed leaves out who was expected to sign in, which the log does not need.
func (t *timeline) failed() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	steps := slices.Clone(t.steps)
	for i, step := range steps {
		steps[i].Facts = slices.DeleteFunc(slices.Clone(step.Facts), func(f TimelineFact) bool { return f.Name == "login_hint" })
	}
	return record.ToJSON(steps)
}

func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// packedNames has a letter for each name in a sign-in's cookie, from A on. The order is the
// format: append only.
var packedNames = []string{
	"to", "response_type", "prompt", "max_age", "acr_values", "login_hint", "fidp", "org", "scope", "client_id", "redirect_uri",
	"code_challenge_method", "response_mode", "ui_locales", "display", "code", "state", "nonce", "code_challenge", otherParameters,
}

const (
	packedSeparator = "\x7f" // in no value, and one byte in JSON
	maxPacked       = 150    // bytes; beyond it, names only
	maxPackedValue  = 60     // bytes
)

// packFacts makes the facts of a request short enough for a cookie.
func packFacts(facts []TimelineFact) string {
	var packed strings.Builder
	for _, f := range facts {
		i := slices.Index(packedNames, f.Name)
		if i < 0 {
			continue
		}
		packed.WriteString(packedSeparator + string(rune('A'+i)))
		value := oidc.Cut(f.Value, maxPackedValue)
		if f.Name != "redirect_uri" && packed.Len()+len(value) <= maxPacked { // the cookie has that anyway
			packed.WriteString(value)
		}
	}
	return packed.String()
}

func unpackFacts(packed, redirectURI string) []TimelineFact {
	var facts []TimelineFact
	for entry := range strings.SplitSeq(packed, packedSeparator) {
		if entry == "" || int(entry[0]-'A') >= len(packedNames) {
			continue
		}
		facts = append(facts, TimelineFact{packedNames[entry[0]-'A'], entry[1:]})
		if last := &facts[len(facts)-1]; last.Name == "redirect_uri" {
			last.Value = redirectURI
		}
	}
	return facts
}

// Timeline returns the steps of the sign-in. What an older version stored is filtered by
// the present allowlist.
func (s *Session) Timeline() []TimelineStep {
	var steps []TimelineStep
	json.Unmarshal([]byte(s.openDetails().Timeline), &steps)
	for i, step := range steps {
		steps[i].Facts = shown(step.Name, step.Facts)
	}
	return steps
}
