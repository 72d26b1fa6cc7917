package auth

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"latchkey/auth/internal/flight"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/internal/testonly"
)

// request is the state of a request: the browser's cookies, its session, and the
// time that is left to wait for the store.
type request struct {
	request   *http.Request // nil without Middleware and WithReference
	reference string        // see WithReference
	loaded    bool          // whether Middleware has set the rest
	cookies   []*http.Cookie
	token     string         // the session cookie's value; empty if it cannot be ours
	active    *activeSession // nil if signed out, or if err is set
	err       error

	budget sealed.Budget
}

// cookiePrefix starts the name of each of our cookies. Another prefix signs everyone out.
const cookiePrefix = "latchkey."

// The names of the cookies, to which package internal/cookies adds __Host- under https.
const (
	sessionCookie = cookiePrefix + "session"
	signInCookie  = cookiePrefix + "signin."  // + the first characters of the state
	signOutCookie = cookiePrefix + "signout." // + the first characters of the state
	noticeCookie  = cookiePrefix + "notice"
	lastCookie    = cookiePrefix + "provider" // the provider used last; not sealed: it only sorts a list
	browserCookie = cookiePrefix + "browser"  // see Browser
)

const (
	browserLife = 24 * time.Hour
	lastLife    = 365 * 24 * time.Hour
)

type requestKey struct{}

func withRequest(ctx context.Context, req *request) context.Context {
	return context.WithValue(ctx, requestKey{}, req)
}

// requestFrom returns the state of a request. Without Middleware, it is that of a
// request without cookies.
func requestFrom(ctx context.Context) *request {
	if req, ok := ctx.Value(requestKey{}).(*request); ok {
		return req
	}
	return &request{}
}

// WithReference returns the request with a reference: its name in the log, in events and on
// error pages. Call it before Middleware, with the request from which Config.ClientAddress
// can tell the client.
func WithReference(r *http.Request, reference string) *http.Request {
	req := &request{request: r, reference: reference}
	return r.WithContext(withRequest(r.Context(), req))
}

// Reference returns the reference of a request, or "" if it has none.
func Reference(ctx context.Context) string { return requestFrom(ctx).reference }

// withoutRequest returns a context for work that continues after the request, with its own
// budget: no response waits for that work.
func withoutRequest(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), requestKey{}, nil)
}

// testSession returns the session that authtest.As has added to a test's request, or nil.
func testSession(ctx context.Context) *Session {
	value, claims := testonly.Session(ctx)
	given, ok := value.(*Session)
	if !ok {
		return nil
	}
	session := *given
	session.details = func() (record.Details, error) { return record.Details{Claims: record.ToJSON(claims)}, nil }
	return &session
}

// Browser returns the ID of the browser that sent a request, from a cookie that only this
// app can make, or "". Rate limits use it where all requests come from one address.
func (a *Auth) Browser(r *http.Request) string {
	var id string
	a.cookies.Find(r.Cookies(), forBrowser, browserCookie, &id)
	return id
}

// NewBrowser returns a cookie that identifies a browser.
func (a *Auth) NewBrowser() *http.Cookie {
	return a.cookies.Seal(forBrowser, browserCookie, rand.Text(), browserLife)
}

// ClientNetwork returns the network of a request's client, as in SessionInfo.Address. It is
// empty if the address is unknown.
func (a *Auth) ClientNetwork(r *http.Request) (network string) {
	flight.CallHook(a.log, func() { network = record.MaskIP(a.config.ClientAddress(r)) })
	return network
}
