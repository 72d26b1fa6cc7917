package auth

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/auth/env"
)

// LoadConfig reads a Config from environment variables of the form
// NAME=value, as os.Environ returns them, under Auth.js' names. Every secret
// may come from a file instead, named by the variable with _FILE behind it.
// The error lists every problem, one a line.
func LoadConfig(environ []string) (Config, error) {
	e := &environment{Env: env.Parse(environ), reported: map[string]bool{}}
	c := Config{
		URL:        e.url(),
		Secret:     e.secret("AUTH_SECRET"),
		OldSecrets: e.oldSecrets(),
		Providers:  e.providers(),
		MaxAge:     e.duration("SESSION_MAX_AGE", defaultMaxAge),
		Idle:       e.duration("SESSION_IDLE", defaultIdle),
	}
	e.addOthers(c.check())
	c.Warnings = e.warnings
	for _, slip := range e.Misspelt() {
		c.Warnings = append(c.Warnings, slip.String())
		e.explain(slip)
	}
	return c, errors.Join(e.problems...)
}

// explain adds to the problem of a variable that is missing how it was written.
func (e *environment) explain(slip env.Misspelling) {
	for i, problem := range e.problems {
		if strings.HasPrefix(problem.Error(), slip.Meant+": ") {
			e.problems[i] = fmt.Errorf("%w. %s is set: did you mean this one?", problem, slip.Name)
		}
	}
}

// environment is the variables, and what was wrong with those read so far.
type environment struct {
	*env.Env
	problems []error
	warnings []string
	reported map[string]bool // variables that only seem wrong, because of a problem that is in problems
}

func (e *environment) errorf(format string, args ...any) {
	e.problems = append(e.problems, fmt.Errorf(format, args...))
}

// addOthers adds problems, joined or not, except those that follow from one
// that is reported already: one slip makes one message.
func (e *environment) addOthers(err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			e.addOthers(each)
		}
		return
	}
	if err == nil {
		return
	}
	if variable, _, _ := strings.Cut(err.Error(), ":"); !e.reported[variable] {
		e.problems = append(e.problems, err)
	}
}

func (e *environment) url() string {
	port := cmp.Or(e.Get("PORT"), "3000")
	if raw := e.Get("AUTH_URL"); raw != "" {
		return raw
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || (n == 0 && port != "0") {
		e.errorf("PORT: %q is not a port. Set it to a number from 1 to 65535, as 3000", port)
		e.reported["AUTH_URL"] = true
	}
	return "http://localhost:" + port
}

// secret reads a variable, or the file that the variable with _FILE names.
func (e *environment) secret(name string) string {
	value := e.Get(name)
	if e.Get(name+"_FILE") == "" {
		return value
	}
	if value != "" {
		e.errorf("%s_FILE: is set beside %s. Leave out one of the two", name, name)
		return value
	}
	content := e.file(name+"_FILE", name, strings.TrimSuffix(name, "SECRET")+"AUTH_METHOD")
	secret := env.Unquote(string(content))
	if utf8.ValidString(secret) && strings.Contains(secret, "\n") {
		e.errorf("%s_FILE: the file has several lines, and a secret is one line. Leave nothing else in it", name)
		e.reported[name] = true
	}
	return secret
}

// file reads the file that a variable names; nil where it names none. Where
// that fails, the variables that the file stands for are not missing.
func (e *environment) file(name string, standsFor ...string) []byte {
	path := e.Get(name)
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if content = bytes.TrimSpace(env.Text(content)); err == nil && len(content) > 0 {
		return content
	}
	if err != nil {
		e.errorf("%s: the file cannot be read: %w", name, err)
	} else {
		e.errorf("%s: the file is empty", name)
	}
	for _, variable := range standsFor {
		e.reported[variable] = true
	}
	return nil
}

// oldSecrets keeps each secret's place, so that a problem names its variable.
func (e *environment) oldSecrets() []string {
	var secrets []string
	for i, name := range []string{"AUTH_SECRET_1", "AUTH_SECRET_2", "AUTH_SECRET_3"} {
		if secret := e.secret(name); secret != "" {
			secrets = append(append(secrets, make([]string, i-len(secrets))...), secret)
		}
	}
	return secrets
}

func (e *environment) duration(name string, fallback time.Duration) time.Duration {
	raw := e.Get(name)
	if raw == "" {
		return fallback
	}
	d, err := time.ParseDuration(raw)
	if err != nil || d <= 0 {
		e.errorf("%s: %q is not a positive duration. Write it as 24h or 30m", name, raw)
		return fallback
	}
	return d
}

func (e *environment) boolean(name string) bool {
	raw := e.Get(name)
	if raw == "" {
		return false
	}
	value, err := strconv.ParseBool(raw)
	if err != nil {
		e.errorf("%s: %q is neither true nor false", name, raw)
	}
	return value
}

// providerVariable is AUTH_<P>_ID and its kin. AUTH_SECRET_FILE is not one. An
// underscore in <P> is found, so that it can be told that it may not be.
var providerVariable = regexp.MustCompile(`^AUTH_([A-Z][A-Z0-9_]*)_(ID|SECRET|SECRET_FILE|KEY_FILE|ISSUER|SCOPES|NAME|AUTH_METHOD|FRONTCHANNEL_LOGOUT)$`)

// providers returns one provider for each <P>: Asgardeo first, then by name.
func (e *environment) providers() []Provider {
	var found []string
	for _, name := range e.Names() {
		if match := providerVariable.FindStringSubmatch(name); match != nil {
			found = append(found, match[1])
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	var providers []Provider
	for _, name := range slices.Compact(found) {
		providers = append(providers, e.provider(name))
	}
	return providers
}

func rank(provider string) int {
	if provider == "ASGARDEO" {
		return 0
	}
	return 1
}

func (e *environment) provider(name string) Provider {
	prefix := "AUTH_" + name + "_"
	return Provider{
		ID:                 strings.ToLower(name),
		Name:               e.Get(prefix + "NAME"),
		ClientID:           e.Get(prefix + "ID"),
		ClientSecret:       e.secret(prefix + "SECRET"),
		ClientKey:          e.file(prefix+"KEY_FILE", prefix+"SECRET", prefix+"AUTH_METHOD"),
		AuthMethod:         e.Get(prefix + "AUTH_METHOD"),
		Issuer:             e.Get(prefix + "ISSUER"),
		Scopes:             e.scopes(prefix + "SCOPES"),
		FrontChannelLogout: e.boolean(prefix + "FRONTCHANNEL_LOGOUT"),
	}
}

func (e *environment) scopes(name string) []string {
	scopes := strings.Fields(strings.ReplaceAll(e.Get(name), ",", " "))
	if len(scopes) > 0 && !slices.Contains(scopes, "openid") {
		e.warnings = append(e.warnings, name+": has no openid, without which there is no sign-in, so it is asked for all the same. Add it")
	}
	return scopes
}
