package main

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"

	"latchkey/auth"
	"latchkey/auth/authtest"
	"latchkey/auth/env"
)

// setup is what to start, and with which environment.
type setup struct {
	environment   map[string]string // added to this program's own
	providers     string            // what people sign in with, for the terminal
	localProvider *providerConfig   // nil if a provider is configured
	listen        string            // the address that the browser opens
	appPort       string
	reloadPort    string
}

// The local provider replaces Asgardeo under the same redirect URI.
const (
	localID     = "latchkey-dev"
	localSecret = "public-development-secret"
)

// newSetup completes the environment with what it lacks for development.
func newSetup(environ []string, secret func() (string, error)) (setup, error) {
	e := env.Parse(environ)
	given, _ := auth.LoadConfig(environ) // the complete environment is checked below
	added := map[string]string{
		"AUTH_URL":   given.URL,                           // of this program's proxy, not of the app
		"LOG_FORMAT": cmp.Or(e.Get("LOG_FORMAT"), "text"), // for a person, even through a pipe
	}
	if e.Get("SESSION_STORE_FILE") == "" {
		added["SESSION_STORE"] = cmp.Or(e.Get("SESSION_STORE"), "sqlite:.dev/latchkey.db")
	}
	s := setup{environment: added, appPort: freePort("0"), reloadPort: freePort("0"), providers: "signing in with " + names(given.Providers)}
	s.listen = net.JoinHostPort(cmp.Or(e.Get("HOST"), "localhost"), cmp.Or(e.Get("PORT"), "3000"))
	if given.Secret == "" {
		kept, err := secret()
		if err != nil {
			return setup{}, err
		}
		added["AUTH_SECRET"] = kept
	}
	if len(given.Providers) == 0 {
		s.addLocalProvider(freePort("9080"), given.URL)
	}
	if _, err := auth.LoadConfig(append(environ, entries(added)...)); err != nil {
		return setup{}, fmt.Errorf("the environment, .env.local or .env need a change:\n%w", err)
	}
	added["HOST"], added["PORT"] = "localhost", s.appPort
	return s, nil
}

func (s *setup) addLocalProvider(port, appURL string) {
	s.providers = "no AUTH_<P>_ID is set, so a local provider runs beside the app"
	s.localProvider = &providerConfig{
		listen: "localhost:" + port, keyFile: ".dev/provider.jwk",
		client: authtest.Client{
			ID: localID, Secret: localSecret,
			RedirectURIs:         []string{authRoutes(appURL) + "/callback/asgardeo"},
			BackChannelLogoutURI: authRoutes(appURL) + "/backchannel-logout/asgardeo",
		},
	}
	s.environment["AUTH_ASGARDEO_ID"] = localID
	s.environment["AUTH_ASGARDEO_SECRET"] = localSecret
	s.environment["AUTH_ASGARDEO_ISSUER"] = "http://localhost:" + port + "/t/dev/oauth2/token"
	s.environment["AUTH_ASGARDEO_NAME"] = "Local provider"
	s.environment["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login" // the last one for /scim2/Me
}

// authRoutes returns the URL of the app's auth routes: AUTH_URL, if it has a path.
func authRoutes(appURL string) string {
	base := strings.TrimRight(appURL, "/")
	if u, err := url.Parse(base); err == nil && u.Path == "" {
		base += "/api/auth"
	}
	return base
}

func names(providers []auth.Provider) string {
	var all []string
	for _, p := range providers {
		all = append(all, p.ID+" ("+p.Issuer+")")
	}
	return strings.Join(all, ", ")
}

func entries(environment map[string]string) []string {
	var all []string
	for name, value := range environment {
		all = append(all, name+"="+value)
	}
	return all
}

// devSecret returns the AUTH_SECRET of the last run, so that people stay signed
// in, or creates one.
func devSecret() (string, error) {
	const file = ".dev/secret"
	kept, err := os.ReadFile(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return strings.TrimSpace(string(kept)), err
	}
	random := make([]byte, 32)
	rand.Read(random)
	secret := base64.RawURLEncoding.EncodeToString(random)
	return secret, os.WriteFile(file, []byte(secret+"\n"), 0o600)
}

// freePort returns the preferred port if it is free, else another one.
func freePort(preferred string) string {
	listener, err := net.Listen("tcp", "localhost:"+preferred)
	if err != nil {
		return freePort("0")
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
