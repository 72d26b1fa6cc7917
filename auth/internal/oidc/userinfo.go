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

// signInClaims say how and when the person authenticated (Core section 2). Like the
// protocol claims, they are taken from the ID token alone: userinfo is not signed, and
// providers fill it from attributes that people edit.
var signInClaims = []string{"sub", "auth_time", "acr", "amr", "cnf", "events", "session_expiry"}

// scopeClaims are the claims that a scope requests (Core section 5.4), and whose absence
// people notice or the app's rules depend on. For profile that is the name, which may be
// in several claims; a missing picture alone is not worth a request at each sign-in.
// Groups and roles are in no specification, but providers agree on these names.
var scopeClaims = map[string][]string{
	"email":   {"email", "email_verified"},
	"phone":   {"phone_number", "phone_number_verified"},
	"address": {"address"},
	"groups":  {"groups"},
	"roles":   {"roles"},
}

// verifications maps a claim to the one that says whether the provider verified it. They
// mean something only together.
var verifications = map[string]string{"email": "email_verified", "phone_number": "phone_number_verified"}

// withUserinfo returns the ID token's claims and, if they lack something that a granted
// scope promises, what the userinfo endpoint adds to them. If the endpoint fails, these
// claims stay missing; a response about another person ends the sign-in (Core 5.3.2).
func (p *Provider) withUserinfo(ctx context.Context, party *relyingParty, idToken Claims, scope, accessToken string) (Claims, error) {
	if party.Text("userinfo_endpoint") == "" || idToken.complete(strings.Fields(scope)) {
		return idToken, nil
	}
	info, err := p.userinfo(ctx, party, idToken, accessToken)
	if IsKind(err, Unavailable) {
		p.Log.Warn("userinfo request failed: the name, the e-mail address or groups may be missing", "error", err)
		return idToken, nil
	}
	if err != nil {
		return nil, err
	}
	traceFrom(ctx).GotUserinfo(party.Text("userinfo_endpoint"))
	return idToken.with(info), nil
}

// CurrentClaims returns what the provider now says about the person of a verified ID token:
// the token's claims, replaced by those of userinfo. As at a sign-in, the claims about the
// sign-in itself are the ID token's. It reports false if the provider has no userinfo
// endpoint: then the claims are only as recent as the token.
func (p *Provider) CurrentClaims(ctx context.Context, idToken, accessToken string) (claims Claims, current bool, err error) {
	t, err := p.parseToken(idToken)
	if err != nil {
		return nil, false, p.wrap(Internal, err)
	}
	party, err := p.relyingParty(ctx)
	if err != nil || party.Text("userinfo_endpoint") == "" {
		return t.Claims, false, err
	}
	info, err := p.userinfo(ctx, party, t.Claims, accessToken)
	if err != nil {
		return nil, false, err
	}
	return t.Claims.updatedBy(info), true, nil
}

// userinfo requests userinfo about the person of an ID token (Core 5.3.2). Without a
// usable response, the error is of the kind Unavailable.
func (p *Provider) userinfo(ctx context.Context, party *relyingParty, idToken Claims, accessToken string) (Claims, error) {
	ctx, cancel := context.WithTimeout(ctx, userinfoLimit)
	defer cancel()
	info, payload, err := p.fetchUserinfo(ctx, party, accessToken)
	if err != nil {
		return nil, p.errorf(Unavailable, "userinfo: %w", Quotable(err))
	}
	if uniqueMembers(payload) != nil || info.subject() != idToken.Text("sub") {
		return nil, p.errorf(Fault, "the userinfo endpoint's sub is not the ID token's")
	}
	return info, nil
}

// fetchUserinfo requests userinfo: JSON or, if the provider is configured so for this
// client, a signed JWT for us and from the issuer (Core 5.3.2).
func (p *Provider) fetchUserinfo(ctx context.Context, party *relyingParty, accessToken string) (info Claims, payload []byte, err error) {
	body, err := p.fetch(ctx, endpointUserinfo, party.Text("userinfo_endpoint"), accessToken)
	if err != nil {
		return nil, nil, err
	}
	if body = bytes.TrimSpace(body); json.Valid(body) {
		err = json.Unmarshal(body, &info)
		return info, body, err
	}
	t, err := p.parseToken(string(body))
	if err == nil {
		err = party.verify(ctx, &t, party.keys)
	}
	return t.Claims, t.payload, err
}

// subject returns the sub of a userinfo response. Some providers write it as a number: if
// its digits are those of the ID token's sub, it is the same person.
func (c Claims) subject() string {
	if n, ok := c["sub"].(float64); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 { // larger numbers lose digits
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return c.Text("sub")
}

// complete reports whether the claims name the person and have everything that the
// scopes promise.
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

// lacks reports whether a claim is missing or of the wrong type.
func (c Claims) lacks(name string) bool {
	switch name {
	case "name", "given_name", "family_name", "preferred_username", "username", "email", "phone_number", "picture":
		return c.Text(name) == ""
	case "groups", "roles":
		names, ok := c.List(name) // an empty list is complete
		return !ok && names == nil
	}
	return c[name] == nil
}

// with returns the claims of an ID token with the personal claims that userinfo adds. It
// replaces none that is usable.
func (c Claims) with(info Claims) Claims {
	usable := maps.Clone(c)
	maps.DeleteFunc(usable, func(name string, _ any) bool { return c.lacks(name) })
	return merge(info.fromUserinfo(), usable)
}

// updatedBy returns the claims of an ID token with the personal claims of a later userinfo
// response in their place.
func (c Claims) updatedBy(info Claims) Claims { return merge(c, info.fromUserinfo()) }

// merge returns the claims of both, of which newer takes precedence. The verification of an
// address is that of the response with the address: otherwise it could confirm another one.
func merge(older, newer Claims) Claims {
	all := maps.Clone(older)
	maps.Copy(all, newer)
	for name, verification := range verifications {
		delete(all, verification)
		for _, from := range []Claims{older, newer} {
			address := from.Text(name)
			if value, said := from[verification]; said && address != "" && address == all.Text(name) {
				all[verification] = value
			}
		}
	}
	return all
}

// fromUserinfo returns the claims of a userinfo response that are not taken from the ID
// token alone.
func (c Claims) fromUserinfo() Claims {
	personal := maps.Clone(c)
	maps.DeleteFunc(personal, func(name string, _ any) bool {
		return slices.Contains(protocolClaims, name) || slices.Contains(signInClaims, name)
	})
	return personal
}
