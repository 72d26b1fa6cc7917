package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/auth/env"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/publicurl"
	"latchkey/auth/internal/sealed"
)

// Config configures an Auth. LoadConfig reads it from the environment, and a program can
// also fill it in itself.
type Config struct {
	URL        string        // the app's public URL (AUTH_URL); a path in it is the base path of the auth routes
	Secret     string        // seals cookies and sessions; at least 32 bytes
	OldSecrets []string      // those before a rotation, which still open; empty ones are ignored
	Providers  []Provider    // in display order
	MaxAge     time.Duration // a session's absolute lifetime; 0 means 720h
	Idle       time.Duration // how long a session lives without activity; 0 means 24h
	Log        *slog.Logger  // for events, and for errors that no caller receives; nil means slog.Default()

	// Warnings are probable mistakes that LoadConfig found. New logs them.
	Warnings []string

	// ClientAddress returns the address of a request's client, for the list of a
	// person's sessions. Nil means the connection's remote address. With a reverse
	// proxy, that is the proxy's, so set this hook.
	ClientAddress func(*http.Request) string

	// OnEvent is called for each event, after its log line. It runs before the
	// response, in many goroutines at once, so it must return soon. Nil means none.
	OnEvent func(ctx context.Context, e Event)

	// OnProviderCall is called after each call of a provider, as OnEvent is. The provider
	// is its id, the endpoint is one of a few names, such as "token", and the status is 0
	// without a response. Nil means none.
	OnProviderCall func(provider, endpoint string, status int, took time.Duration)

	// TestClock is for tests only: the clock that decides when sessions end, such as
	// authtest.Clock's. Nil means time.Now.
	TestClock func() time.Time

	// Admit, if not nil, is called at every sign-in, after the tokens are verified and
	// before the session exists. To turn the person away with a reason, return Refuse;
	// any other error turns them away without one. What Admit puts into session.Values
	// is stored with the session. Admit must return soon after ctx is done.
	Admit func(ctx context.Context, session *Session) error

	// Recheck, if not 0, calls Admit again for a session that is in use, at most this
	// often, with the claims that the provider reports then and the values that it left
	// before. If it refuses with Refuse, all sessions of the person end. A provider, a
	// store or a hook that fails ends nothing: the next call follows after Recheck.
	Recheck time.Duration
}

// Provider is one OpenID Provider to sign in with, with its configuration.
type Provider struct {
	ID                 string     // lower case, part of our URLs: "asgardeo"
	Name               string     // to show: "Asgardeo"; empty means the ID with a capital
	ClientID           string     // as registered with the provider
	ClientSecret       string     // as registered with the provider; may be empty with a ClientKey
	ClientKey          []byte     // private key (PEM or JWK) for private_key_jwt; may be nil
	AuthMethod         string     // how to authenticate as the client: client_secret_basic, client_secret_post or private_key_jwt; empty means by the provider's metadata
	Issuer             string     // the issuer, its base URL or its discovery URL
	Scopes             []string   // nil means openid profile email
	Params             url.Values // additional parameters of authorization requests, such as audience; those that a sign-in sets itself are refused; may be nil
	FrontChannelLogout bool       // whether the provider may end sessions by front-channel logout
}

// The defaults of MaxAge and Idle.
const (
	defaultMaxAge = 720 * time.Hour
	defaultIdle   = 24 * time.Hour
)

// check returns every problem of the configuration, each with its variable and the remedy.
func (c *Config) check() error {
	_, err := publicurl.Parse(c.URL)
	problems := []error{err, sealed.CheckSecret("AUTH_SECRET", c.Secret)}
	if c.MaxAge < 0 || c.Idle < 0 {
		problems = append(problems, errors.New("SESSION_MAX_AGE, SESSION_IDLE: must be positive, such as 720h and 24h"))
	}
	for i, secret := range c.OldSecrets {
		if secret != "" {
			problems = append(problems, sealed.CheckSecret(fmt.Sprintf("AUTH_SECRET_%d", i+1), secret))
		}
	}
	if len(c.Providers) == 0 {
		problems = append(problems, errors.New("AUTH_ASGARDEO_ID: no provider is configured. Set AUTH_ASGARDEO_ID, AUTH_ASGARDEO_SECRET and AUTH_ASGARDEO_ISSUER (or use another name in place of ASGARDEO)"))
	}
	seen := map[string]bool{}
	for _, p := range c.Providers {
		registration := p.registration()
		problems = append(problems, registration.Check())
		if seen[p.ID] {
			problems = append(problems, fmt.Errorf("%s: two providers have the ID %q. Give each provider its own ID", registration.Variable("ID"), p.ID))
		}
		seen[p.ID] = true
	}
	return errors.Join(problems...)
}

// registration returns the part of the configuration that the protocol needs.
func (p Provider) registration() oidc.Config {
	return oidc.Config{
		ID: p.ID, ClientID: p.ClientID, ClientSecret: p.ClientSecret, ClientKey: p.ClientKey,
		AuthMethod: p.AuthMethod, Issuer: p.Issuer, Scopes: p.Scopes, Params: p.Params,
	}
}

func (c Config) withDefaults() Config {
	c.MaxAge = cmp.Or(c.MaxAge, defaultMaxAge)
	c.Idle = cmp.Or(c.Idle, defaultIdle)
	c.OldSecrets = slices.DeleteFunc(slices.Clone(c.OldSecrets), func(secret string) bool { return secret == "" })
	c.Log = cmp.Or(c.Log, slog.Default())
	if c.TestClock == nil {
		c.TestClock = time.Now
	}
	if c.ClientAddress == nil {
		c.ClientAddress = remoteIP
	}
	return c
}

func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// LoadConfig reads a Config from environment variables of the form NAME=value, as
// os.Environ returns them. The names are those of Auth.js; with _FILE added, a secret's
// variable is the path of a file. The error lists every problem, one per line.
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
		c.Providers = append(c.Providers, loadProvider(e, name))
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
	slices.Sort(found)
	found = slices.Compact(found)
	putFirst(found, func(name string) bool { return name == "ASGARDEO" })
	return found
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
		Params:             e.Query(prefix + "PARAMS"),
		FrontChannelLogout: e.Bool(prefix + "FRONTCHANNEL_LOGOUT"),
	}
}
