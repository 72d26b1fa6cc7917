// Package timeline collects the steps of a sign-in from the hooks of a trace: for the
// profile, and for the log if the sign-in fails. What it keeps is on an allowlist.
package timeline

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

// Step is one step of a sign-in. It holds no secret.
type Step struct {
	Name  string    `json:"n"`
	At    time.Time `json:"t"`
	Facts []Fact    `json:"f,omitempty"`
}

// Fact is something that a step sent, received or checked. Without a value, only its
// presence is shown.
type Fact = struct {
	Name  string `json:"n"`
	Value string `json:"v,omitempty"`
}

// The names of the steps, in order.
const (
	Request  = "authorization request"  // Core 3.1.2.1
	Response = "authorization response" // Core 3.1.2.5
	Tokens   = "token response"         // Core 3.1.3.3
	IDToken  = "ID token validation"    // Core 3.1.3.7
	Userinfo = "userinfo response"      // Core 5.3.2
	Session  = "session"
)

// shownByValue lists the facts of each step whose values are shown, in order. Others are
// shown by name, if it is one of oidc.ParameterNames.
var shownByValue = map[string][]string{
	Request: {
		"to", "response_type", "prompt", "max_age", "acr_values", "login_hint", "fidp", "org", "scope", "client_id", "redirect_uri",
		"code_challenge_method", "response_mode", "ui_locales", "display",
	},
	Response: {"error", "error_description"},
	Tokens:   {"from", "client authentication", "took", "scope", "expires_in"},
	IDToken:  {"signature", "iss", "aud", "azp", "acr", "amr"},
	Userinfo: {"from"},
	Session:  {"sub"},
}

const otherParameters = "other parameters"

// shown returns the facts of a step that may be shown.
func shown(step string, facts []Fact) []Fact {
	var list []Fact
	for _, f := range facts {
		switch {
		case slices.Contains(shownByValue[step], f.Name), f.Name == otherParameters:
			list = append(list, Fact{f.Name, oidc.Sanitize(f.Value)})
		case slices.Contains(oidc.ParameterNames, f.Name):
			list = append(list, Fact{Name: f.Name})
		}
	}
	return list
}

// parameterFacts returns the facts of a request or a response: the known parameters in the
// order of the lists, and the number of others.
func parameterFacts(step string, parameters url.Values) []Fact {
	var list []Fact
	for _, name := range append(slices.Clone(shownByValue[step]), oidc.ParameterNames...) {
		repeated := slices.ContainsFunc(list, func(f Fact) bool { return f.Name == name })
		if parameters.Has(name) && !repeated {
			list = append(list, Fact{name, parameters.Get(name)})
		}
	}
	if others := len(parameters) - len(list); others > 0 {
		list = append(list, Fact{otherParameters, strconv.Itoa(others)})
	}
	return list
}

// Timeline collects the steps of one sign-in.
type Timeline struct {
	now   func() time.Time
	mu    sync.Mutex
	steps []Step
}

// New returns an empty timeline.
func New(now func() time.Time) *Timeline { return &Timeline{now: now} }

// Trace returns the hooks that add the steps of the protocol.
func (t *Timeline) Trace() oidc.Trace {
	return oidc.Trace{
		SentRequest: t.sentRequest, GotResponse: t.gotResponse, GotTokens: t.gotTokens,
		VerifiedIDToken: t.verifiedIDToken, GotUserinfo: t.gotUserinfo,
	}
}

func (t *Timeline) add(at time.Time, name string, facts ...Fact) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.steps = append(t.steps, Step{name, at, shown(name, facts)})
}

func (t *Timeline) sentRequest(endpoint string, parameters url.Values) {
	t.add(t.now(), Request, append([]Fact{{"to", origin(endpoint)}}, parameterFacts(Request, parameters)...)...)
}

// Packed returns the first step, short enough for the cookie of the sign-in.
func (t *Timeline) Packed() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.steps) == 0 {
		return ""
	}
	return packFacts(t.steps[0].Facts)
}

// Resume adds the first step of a sign-in, which Packed returned in an earlier request.
func (t *Timeline) Resume(startedAt time.Time, redirectURI, packed string) {
	t.add(startedAt, Request, unpackFacts(packed, redirectURI)...)
}

func (t *Timeline) gotResponse(parameters url.Values) {
	facts := parameterFacts(Response, parameters)
	for i := range facts {
		facts[i].Value = oidc.Sanitize(facts[i].Value, oidc.OtherValues(parameters)...)
	}
	t.add(t.now(), Response, facts...)
}

func (t *Timeline) gotTokens(e oidc.TokenEvent) {
	facts := []Fact{{"from", origin(e.Endpoint)}, {"client authentication", e.ClientAuth}, {"took", e.Took.Round(time.Millisecond).String()}}
	facts = append(facts, Fact{Name: "access_token"})
	if e.ID != "" {
		facts = append(facts, Fact{Name: "id_token"})
	}
	if e.Refresh != "" {
		facts = append(facts, Fact{Name: "refresh_token"})
	}
	if e.Scope != "" {
		facts = append(facts, Fact{"scope", knownScopes(e)})
	}
	if !e.Expires.IsZero() {
		facts = append(facts, Fact{"expires_in", e.Expires.Sub(e.Issued).Round(time.Second).String()})
	}
	t.add(t.now(), Tokens, facts...)
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

func (t *Timeline) verifiedIDToken(algorithm string, c map[string]any) {
	facts := []Fact{{"signature", algorithm}, {Name: "exp"}, {Name: "iat"}, {Name: "nonce"}}
	for _, name := range []string{"iss", "aud", "azp", "acr", "amr", "at_hash"} {
		if values, ok := oidc.Claims(c).List(name); ok {
			facts = append(facts, Fact{name, strings.Join(values, " ")})
		}
	}
	t.add(t.now(), IDToken, facts...)
}

func (t *Timeline) gotUserinfo(endpoint string) {
	t.add(t.now(), Userinfo, Fact{"from", origin(endpoint)}, Fact{Name: "sub"})
}

// Finish adds the last step, and returns all steps for the record of the session.
func (t *Timeline) Finish(subject string) string {
	t.add(t.now(), Session, Fact{"sub", subject})
	t.mu.Lock()
	defer t.mu.Unlock()
	return record.ToJSON(t.steps)
}

// Report returns the steps so far as JSON for the log, without the login hint, which
// names a person.
func (t *Timeline) Report() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	steps := slices.Clone(t.steps)
	for i, step := range steps {
		steps[i].Facts = slices.DeleteFunc(slices.Clone(step.Facts), func(f Fact) bool { return f.Name == "login_hint" })
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

// Decode returns the steps in a record. Those that an older version stored are filtered by
// the present allowlist.
func Decode(stored string) []Step {
	var steps []Step
	json.Unmarshal([]byte(stored), &steps)
	for i, step := range steps {
		steps[i].Facts = shown(step.Name, step.Facts)
	}
	return steps
}
