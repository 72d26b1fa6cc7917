package auth

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LoadConfig reads a Config from environment variables of the form
// NAME=value, as os.Environ returns them, under Auth.js' names. Every secret
// may come from a file instead, named by the variable with _FILE behind it.
// The error lists every problem, one a line.
func LoadConfig(environ []string) (Config, error) {
	env := parseEnviron(environ)
	c := Config{
		URL:        cmp.Or(env.vars["AUTH_URL"], "http://localhost:"+cmp.Or(env.vars["PORT"], "3000")),
		Secret:     env.secret("AUTH_SECRET"),
		OldSecrets: env.oldSecrets(),
		Providers:  env.providers(),
		MaxAge:     env.duration("SESSION_MAX_AGE", defaultMaxAge),
		Idle:       env.duration("SESSION_IDLE", defaultIdle),
	}
	env.problems = append(env.problems, c.check())
	return c, errors.Join(env.problems...)
}

// environment is the variables, and what was wrong with those read so far.
type environment struct {
	vars     map[string]string
	problems []error
}

func parseEnviron(environ []string) *environment {
	env := &environment{vars: map[string]string{}}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		env.vars[name] = strings.TrimSpace(value)
	}
	return env
}

func (env *environment) wrong(format string, args ...any) {
	env.problems = append(env.problems, fmt.Errorf(format, args...))
}

// secret reads a variable, or the file that the variable with _FILE names.
func (env *environment) secret(name string) string {
	file := env.vars[name+"_FILE"]
	if file == "" {
		return env.vars[name]
	}
	if env.vars[name] != "" {
		env.wrong("%s_FILE: is set beside %s. Leave out one of the two", name, name)
	}
	return strings.TrimSpace(string(env.file(name + "_FILE")))
}

// file reads the file that a variable names; nil where it names none.
func (env *environment) file(name string) []byte {
	if env.vars[name] == "" {
		return nil
	}
	content, err := os.ReadFile(env.vars[name])
	if err != nil {
		env.wrong("%s: the file cannot be read: %w", name, err)
	}
	return content
}

// oldSecrets keeps each secret's place, so that a problem names its variable.
func (env *environment) oldSecrets() []string {
	var secrets []string
	for i, name := range []string{"AUTH_SECRET_1", "AUTH_SECRET_2", "AUTH_SECRET_3"} {
		if secret := env.secret(name); secret != "" {
			secrets = append(append(secrets, make([]string, i-len(secrets))...), secret)
		}
	}
	return secrets
}

func (env *environment) duration(name string, fallback time.Duration) time.Duration {
	raw := env.vars[name]
	if raw == "" {
		return fallback
	}
	d, err := time.ParseDuration(raw)
	if err != nil || d <= 0 {
		env.wrong("%s: %q is not a positive duration. Write it as 24h or 30m", name, raw)
		return fallback
	}
	return d
}

func (env *environment) boolean(name string) bool {
	raw := env.vars[name]
	if raw == "" {
		return false
	}
	value, err := strconv.ParseBool(raw)
	if err != nil {
		env.wrong("%s: %q is neither true nor false", name, raw)
	}
	return value
}

// providerVariable is AUTH_<P>_ID and its kin. AUTH_SECRET_FILE is not one. An
// underscore in <P> is found, so that it can be told that it may not be.
var providerVariable = regexp.MustCompile(`^AUTH_([A-Z][A-Z0-9_]*)_(ID|SECRET|SECRET_FILE|KEY_FILE|ISSUER|SCOPES|NAME|AUTH_METHOD|FRONTCHANNEL_LOGOUT)$`)

// providers returns one provider for each <P>: Asgardeo first, then by name.
func (env *environment) providers() []Provider {
	var found []string
	for name := range env.vars {
		if match := providerVariable.FindStringSubmatch(name); match != nil && env.vars[name] != "" {
			found = append(found, match[1])
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	var providers []Provider
	for _, name := range slices.Compact(found) {
		providers = append(providers, env.provider(name))
	}
	return providers
}

func rank(provider string) int {
	if provider == "ASGARDEO" {
		return 0
	}
	return 1
}

func (env *environment) provider(name string) Provider {
	prefix := "AUTH_" + name + "_"
	return Provider{
		ID:                 strings.ToLower(name),
		Name:               env.vars[prefix+"NAME"],
		ClientID:           env.vars[prefix+"ID"],
		ClientSecret:       env.secret(prefix + "SECRET"),
		ClientKey:          env.file(prefix + "KEY_FILE"),
		AuthMethod:         env.vars[prefix+"AUTH_METHOD"],
		Issuer:             env.vars[prefix+"ISSUER"],
		Scopes:             strings.Fields(strings.ReplaceAll(env.vars[prefix+"SCOPES"], ",", " ")),
		FrontChannelLogout: env.boolean(prefix + "FRONTCHANNEL_LOGOUT"),
	}
}
