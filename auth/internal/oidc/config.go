package oidc

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// Config is an OpenID Provider and our registration with it.
type Config struct {
	ID           string // our name for it, which is also part of the names of its environment variables
	ClientID     string
	ClientSecret string     // may be empty with a ClientKey
	ClientKey    []byte     // private key (PEM or JWK) for private_key_jwt; may be nil
	AuthMethod   string     // how to authenticate as the client; empty means by the provider's metadata
	Issuer       string     // the issuer, its base URL or its discovery URL
	Scopes       []string   // nil means openid profile email
	Params       url.Values // additional parameters of authorization requests; may be nil
	RedirectURI  string
	Log          *slog.Logger
	Now          func() time.Time
	Called       func(Call)  // after each call; nil for none
	Discovered   func(error) // after each discovery; nil for none
}

// validID matches what an ID may be: it is part of our URLs and, in upper case, of the
// names of variables.
var validID = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// Check returns every problem of the registration, each with the name of its
// environment variable and what to do.
func (c *Config) Check() error {
	var problems []error
	if !validID.MatchString(c.ID) {
		problems = append(problems, fmt.Errorf("%s: a provider's name has letters and digits only", c.Variable("ID")))
	}
	if c.ClientID == "" {
		problems = append(problems, fmt.Errorf("%s: is missing. It is the client ID that the provider shows for this app", c.Variable("ID")))
	}
	if c.ClientSecret == "" && c.ClientKey == nil {
		problems = append(problems, fmt.Errorf("%s: is missing. It is the client secret that the provider shows for this app", c.Variable("SECRET")))
	}
	if c.ClientKey != nil {
		if _, err := newSigner(c.ClientKey); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w. Make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`", c.Variable("KEY_FILE"), err))
		}
	}
	if err := checkIssuer(c.Issuer); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", c.Variable("ISSUER"), err))
	}
	problems = append(problems, c.checkAuthMethod(), c.checkParams())
	return errors.Join(problems...)
}

// Variable returns the environment variable of one of this provider's settings.
func (c *Config) Variable(name string) string {
	return "AUTH_" + strings.ToUpper(c.ID) + "_" + name
}

// scopes returns the scopes to request. Without openid there is no ID token
// (Core 3.1.2.1).
func (c *Config) scopes() []string {
	switch {
	case len(c.Scopes) == 0:
		return []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail}
	case !slices.Contains(c.Scopes, oidc.ScopeOpenID):
		return append([]string{oidc.ScopeOpenID}, c.Scopes...)
	}
	return c.Scopes
}

// placeholder is a part of an issuer to replace with your own value, as in
// https://login.microsoftonline.com/{tenantid}/v2.0.
var placeholder = regexp.MustCompile(`\{[^{}/]*\}|<[^<>/]*>`)

func checkIssuer(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return errors.New("is missing. For Asgardeo it is https://api.asgardeo.io/t/YOUR_ORGANIZATION/oauth2/token")
	case placeholder.MatchString(raw):
		return fmt.Errorf("has a placeholder. Put your own value, such as the ID of your tenant or organization, in place of %s", placeholder.FindString(raw))
	case err == nil && (u.User != nil || u.RawQuery != "" || u.Fragment != ""): // Discovery 1.0 section 3
		return errors.New("has a user, a query or a fragment, which no issuer has. Leave only scheme, host and path")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fmt.Errorf("%q is not a URL. Set it to the provider's issuer, such as https://api.asgardeo.io/t/YOUR_ORGANIZATION/oauth2/token", raw)
	case u.Scheme == "http" && !IsLoopback(u.Hostname()):
		return fmt.Errorf("%q is plain http, so anyone on the network could sign in as anyone. Use https (plain http is for localhost only)", raw)
	}
	return nil
}

// IsLoopback reports whether a host is this machine.
func IsLoopback(host string) bool {
	host = strings.ToLower(host)
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (ip != nil && ip.IsLoopback())
}
