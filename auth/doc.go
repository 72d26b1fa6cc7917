// Package auth signs people in and out of a web app by OpenID Connect.
//
// An [Auth] has one action for each thing that a browser, or a provider, can
// ask for: [Auth.SignIn], [Auth.Callback], [Auth.SignOut] and
// [Auth.BackChannelLogout]. Actions take a context and plain values. They
// return where to send the browser, with the cookies to set on the way, or an
// [Error]; they write no response. [Auth.Middleware] tells them, and
// [FromContext] tells the app, who is signed in:
//
//	config, err := auth.LoadConfig(os.Environ())
//	// …
//	a, err := auth.New(config, sessions) // sessions is a store.Store
//	// …
//	mux.Handle("GET /{$}", a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//		session, err := auth.FromContext(r.Context()) // nil: nobody
//	})))
//
// # What the browser holds
//
// An opaque session cookie, and a short-lived sealed cookie for each sign-in
// or sign-out under way. Everything else is in the store, sealed. No token ever
// leaves this package but to the provider, and, by [Auth.Client], to the API
// that an app calls.
//
// # Where to read on
//
// A sign-in begins in signin.go and ends in callback.go, which reads like
// OpenID Connect Core 3.1.2 and 3.1.3; idtoken.go is 3.1.3.7, and outcome.go is
// every other way in which it can end. A session is a record (record.go), found
// and changed in session.go, and ended in ending.go alone. provider.go is what
// we know of a provider; vault.go is the only way to the store, and seal.go to
// a key. Package auth/authtest is a provider to test against.
package auth
