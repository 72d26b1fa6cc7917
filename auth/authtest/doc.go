// Package authtest is an OpenID Provider for tests, and a browser that signs in to it.
// It tests any OpenID Connect client, in any language, over HTTP and without a network:
// the only line that depends on it is the client's issuer.
//
//	func TestProfile(t *testing.T) {
//		provider := authtest.Start(t)
//		app := startApp(t, provider.Issuer(), authtest.ClientID, authtest.ClientSecret)
//		browser := authtest.SignInTo(t, app.URL, authtest.Ada)
//		page := browser.Get(app.URL + "/profile")
//		// page.StatusCode, page.Header, page.Text
//	}
//
// The examples run: [SignInTo] with an app that uses package auth, and [Start] with one
// that uses golang.org/x/oauth2 instead.
//
// # Set up
//
// Each provider knows one client, [ClientID] with [ClientSecret], which may return to any
// URL on a loopback host, so that app and provider can start in any order. If the app
// starts first, [WithURL] gives the provider an address that is known before.
// [Provider.Register] adds clients with exact redirect URIs, with a back-channel logout
// URI, or with a key for private_key_jwt. [Ada] and [Grace] can sign in; [WithPeople]
// replaces them.
//
// A test of a handler needs no provider: [As] gives its request a session of package
// auth.
//
// # What the provider serves
//
// The authorization code flow with PKCE (S256 is required); a login page; pushed
// authorization requests; client_secret_basic, client_secret_post and private_key_jwt;
// refresh tokens, rotated with [WithRotation]; opaque access tokens; userinfo and
// /scim2/Me; revocation; and RP-initiated and back-channel logout. It keeps a login
// session in a cookie, so that a second sign-in asks for no password. The URLs have the
// shapes of Asgardeo's, and [Provider.Issuer] is the URL of the token endpoint.
//
// # Failures and attacks
//
// [Provider.Handle] makes an endpoint fail. The Edit methods change its responses, and
// the claims before they are signed. [Provider.SignWith], [Provider.PublishKeys] and
// [Provider.RotateKeys] separate the signing key from the published ones.
// [Provider.Reset] undoes all of it. Each is safe while requests run.
//
//	// The JWKS endpoint fails once.
//	p.Handle(authtest.JWKSEndpoint, authtest.Times(1, authtest.Status(503)))
//	// The provider rejects the refresh token.
//	p.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_grant"))
//	// The userinfo is another person's.
//	p.EditUserinfo(func(claims map[string]any) { claims["sub"] = "mallory" })
//	// An attacker signs ID tokens under the key ID of the published key.
//	forged := authtest.NewKey("RS256")
//	forged.KeyID = p.SigningKey().KeyID
//	p.SignWith(forged)
//	// The person signs out in another app: the provider sends logout tokens.
//	err := p.EndSession(authtest.Ada.Subject)
//
// # Time
//
// A [Clock] moves only when the test moves it. As TestClock of auth.Config it ends
// sessions, and by [Provider.SetClock] it expires tokens:
//
//	clock := authtest.NewClock()
//	config.TestClock = clock.Now
//	clock.Advance(25 * time.Hour) // The session has ended by its idle time.
//
// The provider logs each request that it rejects to the default logger of log/slog.
package authtest
