// Package auth signs people in and out of a web app by OpenID Connect.
//
// An [Auth] has one action for each thing that a browser, or a provider, can
// ask for: [Auth.SignIn], [Auth.Callback], [Auth.SignOut] and
// [Auth.BackChannelLogout]. Actions take a context and plain values. They
// return where to send the browser, with the cookies to set on the way, or an
// [Error]; they write no response. [Auth.Middleware] finds
// who is signed in, and [FromContext] returns it:
//
//	config, err := auth.LoadConfig(os.Environ())
//	// …
//	a, err := auth.New(config, sessions) // sessions is a store.Store
//	// …
//	mux.Handle("GET /{$}", a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
//		session, err := auth.FromContext(r.Context()) // nil if nobody is
//	})))
//
// [Redirect.WriteTo] sends the browser on, and [Code.HTTPStatus] is the status of an
// error. Without Middleware an action sees a request without cookies: nobody is signed
// in, SignOut ends nothing, and Callback does not find its sign-in (StateUnknown).
//
// # What the browser holds
//
// An opaque session cookie, and a short-lived sealed cookie for each pending sign-in or
// sign-out. Everything else is in the store, sealed. No token leaves this package except
// to the provider and, by [Auth.Client], to an API that the app calls.
//
// # Where to read on
//
// A sign-in starts in signin.go and ends in callback.go, which reads like OpenID Connect
// Core 3.1.2 and 3.1.3. A session is found and changed in session.go, and ended in end.go
// alone; sessions.go lists the sessions of a person. Every error is in errors.go, and every
// event that the operator sees in event.go. The packages in auth/internal know nothing of
// Auth:
//
//   - oidc speaks the protocol with one provider; its idtoken.go is Core 3.1.3.7
//   - record is what the store keeps of a session, and sealed is the only way to the store
//   - cookies makes and opens cookies, and sessiontoken draws session tokens with scs
//   - publicurl knows the app's origin, and decides where a sign-in may return to
//   - timeline collects the steps of a sign-in, and watch the tabs to notify
//   - flight runs work once for all who need its result, and outage notices when a service
//     is down
//
// Package auth/env reads the environment for [LoadConfig], and package auth/authtest is a
// provider to test against.
package auth
