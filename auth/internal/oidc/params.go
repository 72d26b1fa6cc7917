package oidc

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// reservedParams are the authorization parameters that this package sets itself, or whose
// effect it would have to verify. SCOPES has its own setting.
var reservedParams = []string{
	"client_assertion", "client_assertion_type", "client_id", "client_secret", "code_challenge", "code_challenge_method",
	"id_token_hint", "login_hint", "max_age", "nonce", "redirect_uri", "registration", "request", "request_uri",
	"response_mode", "response_type", "scope", "state",
}

// checkParams checks the additional parameters of authorization requests (Core 3.1.2.1).
func (c *Config) checkParams() error {
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		switch values := c.Params[name]; {
		case name == "scope":
			return fmt.Errorf("%s: has scope. Set %s instead", c.Variable("PARAMS"), c.Variable("SCOPES"))
		case slices.Contains(reservedParams, name):
			return fmt.Errorf("%s: has %s, which every sign-in sets or checks itself. Leave it out", c.Variable("PARAMS"), name)
		case len(values) != 1 || name == "":
			return fmt.Errorf("%s: has %q %d times. Write each parameter once, such as audience=api&ui_locales=en", c.Variable("PARAMS"), name, len(values))
		case name == "prompt" && slices.Contains(strings.Fields(values[0]), "none"):
			return fmt.Errorf("%s: has prompt=none, so the provider could not ask for a password. Remove it", c.Variable("PARAMS"))
		}
	}
	return nil
}

// addParams adds the additional parameters to those of one request, which take
// precedence.
func (c *Config) addParams(parameters url.Values) {
	for name, values := range c.Params {
		if !parameters.Has(name) {
			parameters[name] = values
		}
	}
}
