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
	"strings"
	"time"

	"latchkey/auth/internal/oidc"
)

// Config is all that package auth needs to know. LoadConfig reads it from the
// environment; a program may as well fill it in by hand.
type Config struct {
	URL        string        // the app's public URL (AUTH_URL); a path in it is the base path of the auth routes
	Secret     string        // seals cookies and sessions; at least 32 bytes
	OldSecrets []string      // sealed before a rotation, and still open; an empty one is none
	Providers  []Provider    // in the order in which they are offered
	MaxAge     time.Duration // a session's absolute lifetime; 0: 720h
	Idle       time.Duration // how long a session lives without activity; 0: 24h
	Log        *slog.Logger  // what no request is there to tell; nil: slog.Default()

	// Warnings are what LoadConfig found that is probably not meant. New writes
	// them into the log.
	Warnings []string

	// ClientAddress returns the address of a request's client, for the list of a
	// person's sessions; nil: the connection's. Behind a proxy, it has to know
	// the proxy.
	ClientAddress func(*http.Request) string

	// TestClock is for tests only: the clock by which sessions end, as that of
	// authtest.Clock; nil: time.Now.
	TestClock func() time.Time

	// Admit, where not nil, is asked at every sign-in, when everything has
	// been verified and before the session exists. It may refuse with Refuse;
	// any other error refuses too, with general words. What it puts into
	// session.Values is kept with the session.
	Admit func(ctx context.Context, session *Session) error
}

// Provider is one OpenID Provider to sign in with, as configured.
type Provider struct {
	ID                 string   // lower case, part of our URLs: "asgardeo"
	Name               string   // for people: "Asgardeo"; empty: made from the ID
	ClientID           string   // as registered with the provider
	ClientSecret       string   // as registered with the provider; may be empty where there is a ClientKey
	ClientKey          []byte   // private key (PEM or JWK) for private_key_jwt; nil: none
	AuthMethod         string   // how to authenticate as the client: client_secret_basic, client_secret_post or private_key_jwt; empty: chosen from the provider's metadata
	Issuer             string   // in any form people hold it: the issuer, its base URL, its discovery URL
	Scopes             []string // nil: openid profile email
	FrontChannelLogout bool     // whether its front-channel logout is listened to
}

const (
	defaultMaxAge   = 720 * time.Hour
	defaultIdle     = 24 * time.Hour
	defaultBasePath = "/api/auth"
	minSecret       = 32 // bytes
)

// exampleSecrets stand in documentation, and so are known to everyone.
var exampleSecrets = []string{
	"replace-this-with-the-output-of-latchkey-secret",
	"your-auth-secret-generated-by-npx-auth-secret",
}

// check returns everything that is wrong with the configuration, one error
// for each problem, each naming its variable and the mend.
func (c *Config) check() error {
	problems := []error{checkURL(c.URL), checkSecret("AUTH_SECRET", c.Secret), c.checkLifetimes()}
	for i, secret := range c.OldSecrets {
		if secret != "" {
			problems = append(problems, checkSecret(fmt.Sprintf("AUTH_SECRET_%d", i+1), secret))
		}
	}
	if len(c.Providers) == 0 {
		problems = append(problems, errors.New("AUTH_ASGARDEO_ID: no provider is configured. Set AUTH_ASGARDEO_ID, AUTH_ASGARDEO_SECRET and AUTH_ASGARDEO_ISSUER (or another name in place of ASGARDEO)"))
	}
	seen := map[string]bool{}
	for _, p := range c.Providers {
		problems = append(problems, p.check())
		if seen[p.ID] {
			problems = append(problems, fmt.Errorf("%s: two providers have the id %q. Give each one of its own", p.variable("ID"), p.ID))
		}
		seen[p.ID] = true
	}
	return errors.Join(problems...)
}

// providerID is what a provider's id may be: it stands in our URLs, and in
// upper case in the names of variables.
var providerID = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

func checkURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err == nil && (u.User != nil || u.RawQuery != "" || u.Fragment != ""):
		return errors.New("AUTH_URL: has a user, a query or a fragment. Leave only scheme, host and, if you want, the base path of the auth routes")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Errorf("AUTH_URL: %q is not a URL. Set it to the app's public URL, as https://app.example.com", raw)
	case u.Scheme == "http" && !oidc.IsLoopback(u.Hostname()):
		return fmt.Errorf("AUTH_URL: %q is plain http on a public host, so that anyone on the way could read the cookies. Use https (plain http is for localhost only)", raw)
	}
	return checkPublicURL(u)
}

func checkSecret(variable, secret string) error {
	mend := "Run `latchkey secret` for a good one"
	switch {
	case secret == "":
		return fmt.Errorf("%s: is missing. %s", variable, mend)
	case slices.Contains(exampleSecrets, secret):
		return fmt.Errorf("%s: is the example's, which everyone knows. %s", variable, mend)
	case len(secret) < minSecret:
		return fmt.Errorf("%s: has %d bytes, and needs at least %d. %s", variable, len(secret), minSecret, mend)
	case isGuessable(secret):
		return fmt.Errorf("%s: repeats or counts up, so it can be guessed. %s", variable, mend)
	}
	return nil
}

func (c *Config) checkLifetimes() error {
	if c.MaxAge < 0 || c.Idle < 0 {
		return errors.New("SESSION_MAX_AGE, SESSION_IDLE: must be positive, as 720h and 24h")
	}
	return nil
}

func (p Provider) check() error {
	registration := p.registration()
	var problems []error
	if !providerID.MatchString(p.ID) {
		problems = append(problems, fmt.Errorf("%s: a provider's name has letters and digits only", p.variable("ID")))
	}
	problems = append(problems, registration.Check())
	return errors.Join(problems...)
}

// registration returns the part of the configuration that the protocol needs.
func (p Provider) registration() oidc.Config {
	return oidc.Config{
		ID: p.ID, ClientID: p.ClientID, ClientSecret: p.ClientSecret, ClientKey: p.ClientKey,
		AuthMethod: p.AuthMethod, Issuer: p.Issuer, Scopes: p.Scopes,
	}
}

func (p Provider) variable(name string) string {
	registration := p.registration()
	return registration.Variable(name)
}

func (p Provider) name() string {
	if p.Name != "" || p.ID == "" {
		return p.Name
	}
	return strings.ToUpper(p.ID[:1]) + p.ID[1:]
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

// remoteIP is the address at the other end of the connection.
func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
