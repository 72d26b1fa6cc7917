package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/auth/store/storetest"
)

// fleet is three replicas of the real binary behind nginx, with a provider.
type fleet struct {
	URL      string // nginx's: the app's
	Provider *authtest.Provider
	Replicas []*program
	Nginx    *nginx
}

// users is who makes the steady load: so many that none has too many sessions.
var users = func() (all []authtest.Person) {
	for i := range 20 {
		name := "crowd" + strconv.Itoa(i)
		all = append(all, authtest.Person{Subject: name, Username: name, Password: authtest.Password, GivenName: "One of", FamilyName: name + "."})
	}
	return all
}()

// lin is nobody who makes the steady load.
var lin = authtest.Person{Subject: "lin", Username: "lin", Password: authtest.Password, GivenName: "Lin", FamilyName: "Lanying"}

func startFleet(tb testing.TB, sessionStore string) *fleet {
	tb.Helper()
	port := storetest.FreePort(tb)
	f := &fleet{
		URL:      "http://127.0.0.1:" + port,
		Provider: authtest.Start(tb, authtest.WithPeople(append(slices.Clip(users), lin)...)),
	}
	env := map[string]string{
		"AUTH_URL":             f.URL,
		"AUTH_SECRET":          "a secret for tests, of 32 bytes or more",
		"AUTH_ASGARDEO_ID":     authtest.ClientID,
		"AUTH_ASGARDEO_SECRET": authtest.ClientSecret,
		"AUTH_ASGARDEO_ISSUER": f.Provider.Issuer(),
		"AUTH_RATE_LIMIT":      "0",
		"LOG_LEVEL":            "warn",
		"SHUTDOWN_DELAY":       "3s", // until then nginx has to send nothing more
		"SESSION_STORE":        sessionStore,
		"TRUSTED_PROXIES":      "127.0.0.1/32",
	}
	for range 3 {
		f.Replicas = append(f.Replicas, newReplica(tb, env))
	}
	for _, r := range f.Replicas {
		r.start(tb)
	}
	f.Nginx = startNginx(tb, port, f.Replicas)
	f.Provider.Register(authtest.Client{
		ID: authtest.ClientID, Secret: authtest.ClientSecret,
		RedirectURIs:         []string{f.URL + "/api/auth/callback/asgardeo"},
		BackChannelLogoutURI: f.Replicas[1].URL + "/api/auth/backchannel-logout/asgardeo",
	})
	return f
}

// restartWithSecrets restarts a replica with a secret that seals, and others that open too,
// as an orchestrator does: when /readyz says that the replica stops, nginx
// sends it nothing more, and when it is ready, nginx does again.
func (f *fleet) restartWithSecrets(tb testing.TB, r *program, seals string, opens ...string) {
	tb.Helper()
	r.Env["AUTH_SECRET"] = seals
	for i, secret := range opens {
		r.Env[fmt.Sprint("AUTH_SECRET_", i+1)] = secret
	}
	r.signal(tb, syscall.SIGTERM)
	eventually(tb, "/readyz says that the replica stops", func() bool { return !ready(r.URL) })
	f.Nginx.withdraw(tb, r)
	r.wait(tb)
	r.start(tb)
	eventually(tb, "/readyz says that the replica is ready", func() bool { return ready(r.URL) })
	f.Nginx.restore(tb)
}

// signIn presses Sign in at one replica, and ends wherever nginx leads.
func (f *fleet) signIn(tb testing.TB, r *program, b *authtest.Browser, who authtest.Person) {
	tb.Helper()
	page := b.Walk(b.SignIn(b.Post(r.URL+"/api/auth/signin/asgardeo", nil).Redirect, who))
	if !showsSignedIn(page.Text, who) {
		tb.Fatalf("after Sign in: got status %d and\n%s", page.StatusCode, page.Text)
	}
}

// showsSignedIn reports whether a page is the home page of someone who is signed in.
func showsSignedIn(page string, who authtest.Person) bool {
	return strings.Contains(page, "You are now signed in!") && strings.Contains(page, who.GivenName+" "+who.FamilyName)
}

// fullSize reports whether the scale tests run at their full size, as bench has
// it, and not at a hundredth.
func fullSize() bool { return os.Getenv("LATCHKEY_WHOLE") != "" }
