package auth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"latchkey/auth/authtest"
	"latchkey/handlers/handlerstest"
)

// conformanceModule is a relying-party test of the OpenID Foundation's conformance
// suite, under its name there.
type conformanceModule struct {
	name string
	set  func(*handlerstest.App)
	want refusal // zero means that the sign-in works
}

// The modules of the plan oidcc-client-basic-certification-test-plan, with
// static registration. oidcc-client-test-idtoken-sig-none may be skipped by
// clients that accept no unsigned tokens: here the token is refused.
var basicRP = []conformanceModule{
	{"oidcc-client-test", noFault, refusal{}},
	{"oidcc-client-test-invalid-iss", claim("iss", "https://evil.example"), wrongClaim("iss")},
	{"oidcc-client-test-missing-sub", without("sub"), wrongClaim("sub")},
	{"oidcc-client-test-invalid-aud", claim("aud", "evil-client"), wrongClaim("aud")},
	{"oidcc-client-test-missing-iat", without("iat"), notATime},
	{"oidcc-client-test-kid-absent-single-jwks", header("kid", nil), refusal{}},
	{"oidcc-client-test-kid-absent-multiple-jwks", func(a *handlerstest.App) {
		a.Provider.PublishKeys(attackerKey, a.Provider.SigningKey())
		header("kid", nil)(a)
	}, refusal{}},
	{"oidcc-client-test-idtoken-sig-rs256", noFault, refusal{}},
	{"oidcc-client-test-idtoken-sig-none", signedBy(authtest.Key{Algorithm: "none"}), unsupported},
	{"oidcc-client-test-invalid-sig-rs256", forgedToken(changedSignature), badSignature},
	{"oidcc-client-test-userinfo-invalid-sub", func(a *handlerstest.App) {
		claims(handlerstest.DropNames)(a)
		a.Provider.EditUserinfo(func(c map[string]any) { c["sub"] = "evil" })
	}, fault("the userinfo endpoint's sub")},
	{"oidcc-client-test-nonce-invalid", claim("nonce", "evil"), wrongClaim("nonce")},
	{"oidcc-client-test-scope-userinfo-claims", claims(handlerstest.DropNames), refusal{}},
	{"oidcc-client-test-client-secret-basic", func(a *handlerstest.App) {
		metadata("token_endpoint_auth_methods_supported", []string{"client_secret_basic"})(a)
		a.Provider.Register(authtest.Client{ID: authtest.ClientID, Secret: authtest.ClientSecret, AuthMethod: "client_secret_basic",
			RedirectURIs: []string{a.URL + "/api/auth/callback/asgardeo"}})
	}, refusal{}},
}

// The modules of the plan oidcc-client-config-certification-test-plan.
var configRP = []conformanceModule{
	{"oidcc-client-test-discovery-openid-config", noFault, refusal{}},
	{"oidcc-client-test-discovery-jwks-uri-keys", noFault, refusal{}},
	{"oidcc-client-test-discovery-issuer-mismatch", metadata("issuer", "https://evil.example"), refusal{502, "misconfigured", "calls itself"}},
	{"oidcc-client-test-idtoken-sig-none (config)", signedBy(authtest.Key{Algorithm: "none"}), unsupported},
}

// The modules of the same plan that need two sign-ins, with new keys in between.
var rotationRP = []conformanceModule{
	{"oidcc-client-test-signing-key-rotation", func(a *handlerstest.App) { a.Provider.RotateKeys() }, refusal{}},
	{"oidcc-client-test-signing-key-rotation-just-before-signing", func(a *handlerstest.App) {
		a.Provider.Handle(authtest.TokenEndpoint, func(next http.Handler) http.Handler {
			a.Provider.PublishKeys(a.Provider.RotateKeys())
			return next
		})
	}, refusal{}},
}

func TestCertification(t *testing.T) {
	t.Parallel()
	for _, m := range slices.Concat(basicRP, configRP) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			m.run(t, handlerstest.Start(t))
		})
	}
	for _, m := range rotationRP {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			a.AssertSignInWorks(t, authtest.NewBrowser(t))
			m.run(t, a)
		})
	}
}

func (m conformanceModule) run(t *testing.T, a *handlerstest.App) {
	t.Helper()
	m.set(a)
	b := authtest.NewBrowser(t)
	if m.want.code != "" {
		assertRefused(t, a, a.TrySignIn(b), m.want)
		return
	}
	a.AssertSignInWorks(t, b)
	if got := b.Get(a.URL + "/profile").Text; !strings.Contains(got, "ada@example.com") {
		t.Errorf("the profile has no email address:\n%s", got)
	}
}

func noFault(*handlerstest.App) {}

// The modules of the plan oidcc-client-rp-initiated-logout-rp-basic: the page after
// the return from the provider.
func TestCertificationRPInitiatedLogout(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(url.Values){
		"oidcc-client-test-rp-init-logout":             func(url.Values) {},
		"oidcc-client-test-rp-init-logout-other-state": func(q url.Values) { q.Set("state", "evil") },
		"oidcc-client-test-rp-init-logout-no-state":    func(q url.Values) { q.Del("state") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			back := b.Walk(b.Post(a.URL+"/api/auth/signout", nil).Redirect).Redirect
			u, err := url.Parse(back)
			if err != nil {
				t.Fatal(err)
			}
			query := u.Query()
			edit(query)
			u.RawQuery = query.Encode()
			page := b.Walk(u.String())
			if name != "oidcc-client-test-rp-init-logout" {
				a.AssertRefused(t, page, 400, "state_unknown", "")
			} else if !strings.Contains(page.Text, "You&#39;re signed out of Latchkey and Asgardeo.") {
				t.Errorf("got status %d, want the sign-out confirmed:\n%s", page.StatusCode, page.Text)
			}
			if a.HomeIsSignedIn(b) {
				t.Error("still signed in")
			}
		})
	}
}

// The modules of the plan oidcc-client-back-channel-logout-rp-basic: 200 and signed
// out, or 400 and still signed in.
func TestCertificationBackChannelLogout(t *testing.T) {
	t.Parallel()
	const event = "http://schemas.openid.net/event/backchannel-logout"
	edited := func(edit func(c map[string]any)) func(*handlerstest.App) {
		return func(a *handlerstest.App) { a.Provider.EditLogoutToken(func(_, c map[string]any) { edit(c) }) }
	}
	for name, set := range map[string]func(*handlerstest.App){
		"oidcc-client-test-rp-backchannel-rpinitlogout":             noFault,
		"oidcc-client-test-rp-backchannel-rpinitlogout-alg-none":    signedBy(authtest.Key{Algorithm: "none"}),
		"oidcc-client-test-rp-backchannel-rpinitlogout-no-event":    edited(func(c map[string]any) { delete(c, "events") }),
		"oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce":  edited(func(c map[string]any) { c["nonce"] = "evil" }),
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg":   signedBy(authtest.Key{Algorithm: "HS256", Private: []byte(authtest.ClientSecret)}),
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud":   edited(func(c map[string]any) { c["aud"] = "evil" }),
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event": edited(func(c map[string]any) { c["events"] = map[string]any{event + "-evil": map[string]any{}} }),
		"oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss":   edited(func(c map[string]any) { c["iss"] = "https://evil.example" }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := handlerstest.Start(t)
			b := authtest.NewBrowser(t)
			a.SignIn(t, b, authtest.Ada)
			set(a)
			err := a.Provider.EndSession(authtest.Ada.Subject)
			right := name == "oidcc-client-test-rp-backchannel-rpinitlogout"
			if right != (err == nil) || (!right && !strings.Contains(err.Error(), "400 Bad Request")) {
				t.Errorf("the logout token: got error %v, want it accepted: %v; otherwise 400", err, right)
			}
			if a.HomeIsSignedIn(b) == right {
				t.Errorf("signed in afterwards: got %v, want %v", right, !right)
			}
		})
	}
}
