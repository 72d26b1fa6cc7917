package auth

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"latchkey/auth/env"
)

// LoadConfig reads a Config from environment variables of the form NAME=value, as
// os.Environ returns them. The names are those of Auth.js. A file can contain a secret:
// add _FILE to the variable's name, and set it to the file's path. The error lists every
// problem, one per line.
func LoadConfig(environ []string) (Config, error) {
	e := env.Parse(environ)
	c := Config{
		URL:        publicURL(e),
		Secret:     e.Secret("AUTH_SECRET"),
		OldSecrets: oldSecrets(e),
		MaxAge:     e.Duration("SESSION_MAX_AGE", defaultMaxAge),
		Idle:       e.Duration("SESSION_IDLE", defaultIdle),
	}
	for _, name := range providerNames(e) {
		p := loadProvider(e, name)
		c.Providers = append(c.Providers, p)
		if len(p.Scopes) > 0 && !slices.Contains(p.Scopes, "openid") {
			c.Warnings = append(c.Warnings, "AUTH_"+name+"_SCOPES: has no openid, which every sign-in needs, so it is requested anyway. Add it")
		}
	}
	e.Report(c.check())
	for _, m := range e.Misspelled() {
		c.Warnings = append(c.Warnings, m.String())
	}
	return c, e.Err()
}

func publicURL(e *env.Env) string {
	port := cmp.Or(e.Get("PORT"), "3000")
	if raw := e.Get("AUTH_URL"); raw != "" {
		return raw
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || (n == 0 && port != "0") {
		e.Errorf("PORT: %q is not a port. Set it to a number from 1 to 65535, such as 3000", port)
		port = "3000" // so that AUTH_URL, which contains it, is not reported too
	}
	return "http://localhost:" + port
}

// oldSecrets keeps each secret's place, so that a problem names its variable.
func oldSecrets(e *env.Env) []string {
	var secrets []string
	for i, name := range []string{"AUTH_SECRET_1", "AUTH_SECRET_2", "AUTH_SECRET_3"} {
		if secret := e.Secret(name); secret != "" {
			secrets = append(append(secrets, make([]string, i-len(secrets))...), secret)
		}
	}
	return secrets
}

// providerVariable matches AUTH_<P>_ID and the other variables of a provider, but not
// AUTH_SECRET_FILE. It matches an underscore in <P>, so that check can report it.
var providerVariable = regexp.MustCompile(`^AUTH_([A-Z][A-Z0-9_]*)_(ID|SECRET|SECRET_FILE|KEY_FILE|ISSUER|SCOPES|PARAMS|NAME|AUTH_METHOD|FRONTCHANNEL_LOGOUT)$`)

// providerNames returns each <P>, sorted, except that Asgardeo is first.
func providerNames(e *env.Env) []string {
	var found []string
	for _, name := range e.Names() {
		if match := providerVariable.FindStringSubmatch(name); match != nil {
			found = append(found, match[1])
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == "ASGARDEO":
			return -1
		case b == "ASGARDEO":
			return 1
		}
		return cmp.Compare(a, b)
	})
	return slices.Compact(found)
}

func loadProvider(e *env.Env, name string) Provider {
	prefix := "AUTH_" + name + "_"
	return Provider{
		ID:                 strings.ToLower(name),
		Name:               e.Get(prefix + "NAME"),
		ClientID:           e.Get(prefix + "ID"),
		ClientSecret:       e.Secret(prefix+"SECRET", prefix+"AUTH_METHOD"),
		ClientKey:          e.File(prefix+"KEY_FILE", prefix+"SECRET", prefix+"AUTH_METHOD"),
		AuthMethod:         e.Get(prefix + "AUTH_METHOD"),
		Issuer:             e.Get(prefix + "ISSUER"),
		Scopes:             strings.Fields(strings.ReplaceAll(e.Get(prefix+"SCOPES"), ",", " ")),
		Params:             params(e, prefix+"PARAMS"),
		FrontChannelLogout: e.Bool(prefix + "FRONTCHANNEL_LOGOUT"),
	}
}

// params reads a query string, and returns nil for an empty one.
func params(e *env.Env, name string) url.Values {
	raw := e.Get(name)
	if raw == "" {
		return nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		e.Errorf("%s: is not a query string. Set it to one, such as audience=api&ui_locales=en", name)
	}
	return values
}
