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
)

// setup is what to start, and with which environment.
type setup struct {
	environment   map[string]string // what is added to the one we were started with
	providers     string            // who people sign in with, in words
	localProvider []string          // the arguments of cmd/devidp; nil: not needed
	listen        string            // where the browser goes
	appPort       string
	reloadPort    string
}

// The local provider stands in for Asgardeo, at the same URLs of ours.
const (
	localID     = "latchkey-dev"
	localSecret = "everyone-may-know-this"
)

// newSetup completes the environment with what it lacks for development.
func newSetup(environ []string, secret func() (string, error)) (setup, error) {
	given, _ := auth.LoadConfig(environ) // what is missing is about to be added
	added := map[string]string{
		"AUTH_URL":      given.URL, // which is this program's, and not that of the app behind it
		"SESSION_STORE": cmp.Or(getenv(environ, "SESSION_STORE"), "sqlite:.dev/latchkey.db"),
		"LOG_FORMAT":    cmp.Or(getenv(environ, "LOG_FORMAT"), "text"), // for a person, also through a pipe
	}
	p := setup{environment: added, appPort: freePort("0"), reloadPort: freePort("0"), providers: "signing in with " + names(given.Providers)}
	p.listen = net.JoinHostPort(cmp.Or(getenv(environ, "HOST"), "localhost"), cmp.Or(getenv(environ, "PORT"), "3000"))
	if given.Secret == "" {
		kept, err := secret()
		if err != nil {
			return setup{}, err
		}
		added["AUTH_SECRET"] = kept
	}
	if len(given.Providers) == 0 {
		p.addLocalProvider(freePort("9080"), given.URL)
	}
	if _, err := auth.LoadConfig(append(environ, entries(added)...)); err != nil {
		return setup{}, fmt.Errorf("the environment, .env.local or .env need a change:\n%w", err)
	}
	added["HOST"], added["PORT"] = "localhost", p.appPort
	return p, nil
}

func (p *setup) addLocalProvider(port, appURL string) {
	p.providers = "no AUTH_<P>_ID is set, so a local provider runs beside the app"
	p.localProvider = []string{
		"-listen", "localhost:" + port, "-key-file", ".dev/provider.pem", "-client-id", localID, "-client-secret", localSecret,
		"-redirect-uri", authRoutes(appURL) + "/callback/asgardeo",
		"-backchannel-logout-uri", authRoutes(appURL) + "/backchannel-logout/asgardeo",
	}
	p.environment["AUTH_ASGARDEO_ID"] = localID
	p.environment["AUTH_ASGARDEO_SECRET"] = localSecret
	p.environment["AUTH_ASGARDEO_ISSUER"] = "http://localhost:" + port + "/t/dev/oauth2/token"
	p.environment["AUTH_ASGARDEO_NAME"] = "Local provider"
	p.environment["AUTH_ASGARDEO_SCOPES"] = "openid profile email internal_login" // the last to edit one's name there
}

// authRoutes is where the app has its auth routes: at the path of AUTH_URL, if
// it has one.
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

func getenv(environ []string, name string) string {
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// devSecret returns the AUTH_SECRET of the last time, so that everyone stays
// signed in, or makes one.
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

// freePort returns a port that is free: the preferred one, if it is.
func freePort(preferred string) string {
	listener, err := net.Listen("tcp", "localhost:"+preferred)
	if err != nil {
		return freePort("0")
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
