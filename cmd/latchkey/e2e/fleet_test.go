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

// fleet is three replicas of the binary behind nginx, with a provider.
type fleet struct {
	URL      string // the app's, which is nginx's
	Provider *authtest.Provider
	Replicas []*program
	Nginx    *nginx
}

// users create the steady load. They are many enough that none reaches the
// limit of sessions.
var users = func() (all []authtest.Person) {
	for i := range 20 {
		name := "crowd" + strconv.Itoa(i)
		all = append(all, authtest.Person{Subject: name, Username: name, Password: authtest.Password, GivenName: "One of", FamilyName: name + "."})
	}
	return all
}()

// lin is not one of the users.
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
		"SHUTDOWN_DELAY":       "2s", // nginx must stop sending requests within it
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

// restartWithSecrets restarts a replica as an orchestrator does: nginx sends
// it no requests from the moment /readyz responds 503 until it is ready again.
// The first secret seals, the others open too.
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

// signIn signs in at one replica, and follows the redirects through nginx.
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

// fullSize reports whether the scale tests run at their full size (bench)
// instead of a hundredth.
func fullSize() bool { return os.Getenv("LATCHKEY_WHOLE") != "" }
