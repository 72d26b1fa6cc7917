package auth

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"latchkey/auth/internal/cookies"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/sealed"

	"golang.org/x/oauth2"
)

const (
	signInLife   = 30 * time.Minute // how long a person may take at the provider
	signInMemory = 2 * signInLife   // how long an expired or used state is recognized

	// Of the sign-ins and sign-outs that are pending in one browser.
	maxPending      = 20
	maxPendingBytes = 6 << 10 // of their cookies: common servers accept 8 KB of headers
)

// SignInRequest is what a person requests with a Sign in button.
type SignInRequest struct {
	Provider    string // the provider's id
	CallbackURL string // the page to return to; what is not a page of the app means "/"
	Origin      string // the Origin header (RFC 6454); may be empty

	Another      bool          // let the person choose another account
	SignUp       bool          // let the person create an account first, if the provider supports it
	LoginHint    string        // who is likely to sign in, such as an e-mail address
	Organization string        // the organization to sign in to (Asgardeo)
	Confirm      *Confirmation // to confirm an action; nil means to sign in
}

// pending is a sign-in or a sign-out for which the browser is at the provider. Each has its
// own cookie, named by its state: any number of tabs start and finish in any order, and
// nothing is stored for someone who has not signed in.
type pending struct {
	State       string    `json:"s"`
	Provider    string    `json:"p"`
	CallbackURL string    `json:"-"` // sealed separately (internal/cookies)
	StartedAt   time.Time `json:"b"`
}

// Callback returns the callback URL, which is sealed separately.
func (p *pending) Callback() *string { return &p.CallbackURL }

// signIn is a pending sign-in.
type signIn struct {
	pending
	Nonce        string               `json:"n,omitempty"`
	Verifier     string               `json:"v,omitempty"` // PKCE code_verifier
	RedirectURI  string               `json:"r"`
	Confirmation *pendingConfirmation `json:"c,omitempty"`
	Trace        string               `json:"t,omitempty"` // what the trace keeps until the callback
	Used         bool                 `json:"d,omitempty"` // finished: kept to recognize a repeated callback

	trace *signInTrace
}

// SignIn starts a sign-in: the authorization request of the code flow (OpenID
// Connect Core 3.1.2.1) with PKCE (RFC 7636), state and nonce. If the page was
// opened under another host than AUTH_URL's, it redirects to the same page under the
// right one instead: only there will the callback have the cookies of the sign-in.
func (a *Auth) SignIn(ctx context.Context, request SignInRequest) (Redirect, error) {
	p, err := a.provider(request.Provider)
	if err != nil {
		return Redirect{}, err
	}
	if a.url.IsOtherSite(request.Origin) {
		return Redirect{URL: a.url.Origin + a.url.CallbackURL(request.CallbackURL)}, nil
	}
	s := &signIn{
		pending: a.newPending(p, a.url.CallbackURL(request.CallbackURL)),
		Nonce:   rand.Text(), Verifier: oauth2.GenerateVerifier(), RedirectURI: a.RedirectURI(p.ID), trace: a.newTrace(),
	}
	if s.Confirmation, err = newPendingConfirmation(ctx, request.Confirm); err != nil {
		return Redirect{}, err
	}
	ctx, cancel := context.WithTimeout(s.traced(ctx), oidc.OutgoingLimit)
	defer cancel()
	to, err := p.oidc.AuthorizationURL(ctx, s.authorizationRequest(request))
	if err != nil {
		return Redirect{}, a.report(ctx, Event{Kind: EventSignInFailed, Provider: p.ID}, s.wrap(fromOIDC(err)))
	}
	s.Trace = s.trace.Kept()
	return Redirect{URL: to, Cookies: a.withEvictions(ctx, a.signInCookie(s))}, nil
}

func (s *signIn) authorizationRequest(request SignInRequest) oidc.AuthorizationRequest {
	r := oidc.AuthorizationRequest{
		State: s.State, Nonce: s.Nonce, Verifier: s.Verifier,
		SelectAccount: request.Another, SignUp: request.SignUp, LoginHint: request.LoginHint, Organization: request.Organization,
	}
	if s.Confirmation != nil {
		r.MaxAge, r.ACR = &s.Confirmation.MaxAge, s.Confirmation.ACR
	}
	return r
}

// signInTrace follows one sign-in: the hooks of package oidc, and those of the steps
// around it. Every hook is set. A sign-in takes two requests: what Kept returns is in
// the sign-in's sealed cookie, and passed to Resumed at the callback.
type signInTrace struct {
	oidc.Trace
	Kept           func() string
	Resumed        func(startedAt time.Time, redirectURI, kept string)
	StartedSession func(subject string) (timeline string) // stored with the session
	Failed         func() (report string)                 // for the log, as JSON
}

// untraced returns the trace of a sign-in that is not traced: its hooks do nothing.
func untraced() *signInTrace {
	return &signInTrace{
		Trace: *oidc.NoTrace, Kept: func() string { return "" }, Resumed: func(time.Time, string, string) {},
		StartedSession: func(string) string { return "" }, Failed: func() string { return "" },
	}
}

func (s *signIn) traced(ctx context.Context) context.Context {
	return oidc.WithTrace(ctx, &s.trace.Trace)
}

func (a *Auth) provider(id string) (*provider, error) {
	if p, ok := a.byID[id]; ok {
		return p, nil
	}
	return nil, errorf(UnknownProvider, "", "no provider with the id in the URL is configured")
}

func (a *Auth) newPending(p *provider, callbackURL string) pending {
	return pending{State: rand.Text(), Provider: p.ID, CallbackURL: callbackURL, StartedAt: a.now()} // rand.Text: at least 128 bits
}

// cookieOf returns the name of the cookie of a pending sign-in or sign-out.
func cookieOf(prefix, state string) string { return prefix + state[:min(len(state), 12)] }

func (a *Auth) signInCookie(s *signIn) *http.Cookie {
	sealed := func() *http.Cookie {
		return a.cookies.Seal(forSignIn, cookieOf(signInCookie, s.State), s, s.StartedAt.Add(signInMemory).Sub(a.now()))
	}
	return cookies.FirstFitting(sealed(),
		func() *http.Cookie { s.Trace = ""; return sealed() },
		func() *http.Cookie { s.CallbackURL = "/"; return sealed() })
}

// findSignIn returns this browser's pending sign-in with a state, or nil.
func (a *Auth) findSignIn(req *request, state string) *signIn {
	s := new(signIn)
	if state == "" || !a.cookies.Find(req.cookies, forSignIn, cookieOf(signInCookie, state), s) || s.State != state {
		return nil
	}
	return s
}

// withEvictions returns the cookie of a new sign-in or sign-out, and clears the oldest
// pending ones if there would be too many with it: no server accepts a header that is too
// long, so the person would be locked out. One that does not open may belong to a replica
// with another secret: it is cleared first, but only if there are too many.
func (a *Auth) withEvictions(ctx context.Context, next *http.Cookie) []*http.Cookie {
	type sealedPending struct {
		pending
		name string
		size int
	}
	var all []sealedPending
	for prefix, purpose := range map[string]sealed.Purpose{signInCookie: forSignIn, signOutCookie: forSignOut} {
		for _, c := range a.cookies.WithPrefix(requestFrom(ctx).cookies, prefix) {
			p := sealedPending{name: c.Name, size: len(c.Name) + len(c.Value)}
			a.cookies.Open(purpose, c.Name, c.Value, &p)
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y sealedPending) int { return y.StartedAt.Compare(x.StartedAt) })
	cookies, total := []*http.Cookie{next}, len(next.Name)+len(next.Value)
	for i, p := range all {
		if total += p.size; i >= maxPending-1 || total > maxPendingBytes {
			cookies = append(cookies, a.cookies.New(p.name, "", 0))
		}
	}
	return cookies // only as many as fit into the response are sent; the next sign-in clears more
}
