package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// userinfoLimit is how long a sign-in waits for the userinfo endpoint.
const userinfoLimit = 3 * time.Second

// signInClaims say how and when the person proved to the provider who they are
// (Core section 2). With the protocol claims they come from the ID token alone:
// userinfo is not signed, and providers fill it from attributes that people edit.
var signInClaims = []string{"sub", "auth_time", "acr", "amr", "cnf", "events"}

// scopeClaims names the claims that a scope asks for (Core section 5.4) and that
// people or the app's rules miss. Of profile that is the name, which may come in
// several claims; a picture alone is not worth a request at every sign-in of
// those who have none. Groups and roles are in no specification, but these names
// are what providers agree on.
var scopeClaims = map[string][]string{
	"email":   {"email", "email_verified"},
	"phone":   {"phone_number", "phone_number_verified"},
	"address": {"address"},
	"groups":  {"groups"},
	"roles":   {"roles"},
}

// verifications maps a claim to the one that says whether the provider has
// verified it. The two mean something only together.
var verifications = map[string]string{"email": "email_verified", "phone_number": "phone_number_verified"}

// withUserinfo returns the ID token's claims and, where they lack something that
// a granted scope promises, what the userinfo endpoint adds to them. An endpoint
// that gives no answer costs what is missing, not the sign-in; one that speaks of
// someone else ends it (Core 5.3.2).
func (p *Provider) withUserinfo(ctx context.Context, party *relyingParty, idToken Claims, scope, accessToken string) (Claims, error) {
	if party.UserinfoEndpoint == "" || idToken.complete(strings.Fields(scope)) {
		return idToken, nil
	}
	ctx, cancel := context.WithTimeout(ctx, userinfoLimit)
	defer cancel()
	info, payload, err := p.fetchUserinfo(ctx, party, accessToken)
	if err != nil {
		p.Log.Warn("userinfo request failed: the name, the e-mail address or groups may be missing", "error", Quotable(err))
		return idToken, nil
	}
	if uniqueMembers(payload) != nil || info.subject() != idToken.Text("sub") {
		return nil, p.errorf(Fault, "the userinfo endpoint's sub is not the ID token's")
	}
	traceFrom(ctx).GotUserinfo(party.UserinfoEndpoint)
	return idToken.with(info), nil
}

// fetchUserinfo asks the userinfo endpoint, which answers with JSON or, where the
// provider is set so for this client, with a signed JWT of the same claims, for
// us and from the issuer (Core 5.3.2).
func (p *Provider) fetchUserinfo(ctx context.Context, party *relyingParty, accessToken string) (info Claims, payload []byte, err error) {
	body, err := fetch(ctx, p.client, party.UserinfoEndpoint, accessToken)
	if err != nil {
		return nil, nil, err
	}
	if body = bytes.TrimSpace(body); json.Valid(body) {
		err = json.Unmarshal(body, &info)
		return info, body, err
	}
	t, err := p.parseToken(string(body))
	if err == nil {
		_, err = party.verify(ctx, t, party.keys)
	}
	return t.Claims, t.payload, err
}

// subject is the sub of a userinfo answer, which some providers write as a number
// there: with the digits of the ID token's it names the same person.
func (c Claims) subject() string {
	if n, ok := c["sub"].(float64); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 { // beyond, digits get lost
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return c.Text("sub")
}

// complete reports whether the claims name the person and hold everything that
// the scopes promise.
func (c Claims) complete(scopes []string) bool {
	if c.lacks("name") && c.lacks("given_name") {
		return false
	}
	for _, scope := range scopes {
		if slices.ContainsFunc(scopeClaims[scope], c.lacks) {
			return false
		}
	}
	return true
}

// lacks reports whether a claim is missing, or of a type that nobody can use.
func (c Claims) lacks(name string) bool {
	switch name {
	case "name", "given_name", "family_name", "preferred_username", "username", "email", "phone_number", "picture":
		return c.Text(name) == ""
	case "groups", "roles":
		_, list := c.List(name) // an empty list says that there are none
		return !list && c.Names(name) == nil
	}
	return c[name] == nil
}

// with returns the claims of an ID token with the personal claims that userinfo
// adds. It replaces none that can be used.
func (c Claims) with(info Claims) Claims {
	all := maps.Clone(c)
	for name, value := range info {
		fromIDToken := slices.Contains(protocolClaims, name) || slices.Contains(signInClaims, name)
		if !fromIDToken && !verified(name) && c.lacks(name) {
			all[name] = value
		}
	}
	for name, verification := range verifications {
		all.addPair(name, verification, c, info)
	}
	return all
}

// addPair keeps a claim and its verification from the same answer: otherwise the
// verification of an address that the person typed at one place would vouch for
// an address from another.
func (c Claims) addPair(name, verification string, idToken, info Claims) {
	address := c.Text(name)
	if address == "" || address != info.Text(name) {
		return // the ID token's, or nobody's
	}
	if idToken.Text(name) != address {
		delete(c, verification) // it was about no address
	}
	if value, said := info[verification]; said && c[verification] == nil {
		c[verification] = value
	}
}

// verified reports whether a claim says that another one is verified.
func verified(name string) bool {
	for _, verification := range verifications {
		if name == verification {
			return true
		}
	}
	return false
}
