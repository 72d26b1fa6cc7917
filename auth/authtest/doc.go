// Package authtest is an OpenID Provider for tests: a true one, on zitadel's op, that
// misbehaves when it is told to. Whoever imports package auth tests their own app
// against it, over real HTTP and without a network:
//
//	p := authtest.Start(t)
//	p.Register(authtest.Client{
//		ID: authtest.ClientID, Secret: authtest.ClientSecret,
//		RedirectURIs: []string{app.URL + "/api/auth/callback/asgardeo"},
//	})
//	// … start the app with p.Issuer() as its issuer, and then:
//	b := authtest.NewBrowser(t)
//	page := b.Post(app.URL+"/api/auth/signin/asgardeo", nil)
//	page = b.Walk(b.SignIn(page.Redirect, authtest.Ada))
//
// # What it does
//
// It has the URL shapes of Asgardeo: [Provider.Issuer] is the URL of the token endpoint.
// It serves the authorization code flow with PKCE (S256 required) and exact redirect
// URIs; a login page; client_secret_basic, client_secret_post and private_key_jwt;
// pushed authorization requests; refresh tokens, rotated [WithRotation]; opaque access
// tokens; userinfo; revocation; /scim2/Me; and sign-out started by the relying party or
// told to it by the back channel. It keeps a login session of its own in a cookie, so
// that signing in again asks nothing until that session ends.
//
// [Ada] and [Grace] can sign in; [WithPeople] and [WithClients] replace them and the
// client.
//
// # What it does wrong
//
// Faults are few and can be combined. [Provider.Handle] puts a [Fault] in the way of an
// endpoint. The Edit methods change a document or a token on its way out.
// [Provider.SignWith], [Provider.PublishKeys] and [Provider.RotateKeys] part what signs
// from what is published. [Provider.SetClock] puts the clock wrong. [Provider.Reset]
// takes it all back. Each may be called while requests run.
//
//	// the key server is down once, then recovers
//	p.Handle(authtest.JWKSEndpoint, authtest.Times(1, authtest.Status(503)))
//	// an ID token by a key that nobody published, under the kid of the true one
//	k := authtest.NewKey("RS256")
//	k.KeyID = p.SigningKey().KeyID
//	p.SignWith(k)
//	// userinfo of somebody else
//	p.EditUserinfo(func(claims map[string]any) { claims["sub"] = "mallory" })
//	// a logout token without its jti
//	token := p.LogoutToken(func(_, claims map[string]any) { delete(claims, "jti") })
//	// a refresh that the provider no longer grants
//	p.Handle(authtest.TokenEndpoint, authtest.OAuthError("invalid_grant"))
//	// somebody signs out elsewhere, and every relying party is told
//	err := p.EndSession(authtest.Ada.Subject)
//
// op writes what it refuses to the default logger of package log/slog.
package authtest
