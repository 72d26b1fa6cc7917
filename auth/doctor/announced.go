package doctor

import (
	"cmp"
	"slices"
	"strings"

	"latchkey/auth/internal/oidc"
)

// announced checks what the discovery document says (Discovery 1.0 section 3). A
// missing member means unknown. Only what the operator can change is a warning.
func (p *provider) announced() []Check {
	return []Check{p.pkce(), p.issParameter(), p.pushedRequests(), p.algorithms(), p.scopes(), p.logout()}
}

func list(names []string) string { return oidc.Sanitize(strings.Join(names, ", ")) }

func (p *provider) pkce() Check {
	const name = "PKCE"
	methods := p.found.Names("code_challenge_methods_supported")
	switch {
	case slices.Contains(methods, "S256"):
		return passed(name, "S256 is announced")
	case len(methods) > 0:
		return warning(name, p.remedy("Allow the method S256 for this client", "Select PKCE on the Protocol tab, and not the plain method"),
			"the provider announces %s, and not S256, which every sign-in uses", list(methods))
	}
	return passed(name, "not announced; every sign-in sends an S256 challenge anyway")
}

func (p *provider) issParameter() Check {
	const name = "iss parameter"
	if p.found.Flag("authorization_response_iss_parameter_supported") {
		return passed(name, "announced, so each callback must have it (RFC 9207)")
	}
	return passed(name, "not announced; each provider has its own callback URL instead")
}

func (p *provider) pushedRequests() Check {
	const name = "pushed requests"
	switch {
	case !p.found.Flag("require_pushed_authorization_requests"):
		return passed(name, "not required, and not used")
	case p.found.Text("pushed_authorization_request_endpoint") == "":
		return failed(name, "Add pushed_authorization_request_endpoint to the provider's configuration", "required, but the provider announces no endpoint for them")
	}
	return passed(name, "required, and used (RFC 9126)")
}

func (p *provider) algorithms() Check {
	const name = "ID token algorithms"
	announced := p.found.Names("id_token_signing_alg_values_supported")
	if len(announced) > 0 && !slices.ContainsFunc(announced, oidc.IsSupportedAlgorithm) {
		return failed(name, p.remedy("Let the provider sign this client's ID tokens with RS256 or ES256", "Choose RS256 as signing algorithm of the ID token on the Protocol tab"),
			"the provider announces only %s, none of which is accepted", list(announced))
	}
	return passed(name, "the provider announces %s", cmp.Or(list(announced), "none, which means RS256"))
}

func (p *provider) scopes() Check {
	const name = "scopes"
	announced := p.found.Names("scopes_supported")
	var unknown []string
	for _, scope := range p.Scopes {
		if len(announced) > 0 && !slices.Contains(announced, scope) {
			unknown = append(unknown, scope)
		}
	}
	if len(unknown) > 0 && !p.isAsgardeo { // Asgardeo announces only some of its scopes
		return warning(name, "Remove them from "+p.Variable("SCOPES")+", or add them at the provider", "the provider does not announce %s", list(unknown))
	}
	return passed(name, "%s", strings.Join(p.Scopes, " "))
}

func (p *provider) logout() Check {
	const name = "logout"
	ways := []string{"RP-initiated"}
	if p.found.Flag("backchannel_logout_supported") {
		ways = append(ways, "back-channel")
	}
	if p.found.Flag("frontchannel_logout_supported") {
		ways = append(ways, "front-channel")
	}
	switch {
	case p.found.Text("end_session_endpoint") == "":
		return warning(name, "Choose a provider with an end session endpoint, or tell people that they stay signed in there",
			"the provider announces no end_session_endpoint, so Sign Out ends only the session in the app")
	case p.frontLogout && !p.found.Flag("frontchannel_logout_supported"):
		return warning(name, "Remove "+p.Variable("FRONTCHANNEL_LOGOUT")+", or switch front-channel logout on at the provider",
			"%s is set, but the provider does not announce front-channel logout", p.Variable("FRONTCHANNEL_LOGOUT"))
	}
	return passed(name, "announced: %s", strings.Join(ways, ", "))
}
