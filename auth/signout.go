package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"latchkey/auth/internal/cookies"
	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
)

const (
	signOutLife   = time.Hour       // how long the person may take at the provider
	signOutWait   = 3 * time.Second // how long a sign-out waits for discovery
	maxSignOutURL = 4 << 10         // bytes; a longer logout request is sent by POST
)

// signOut is a pending sign-out: what the browser keeps while it is at the provider's end
// session endpoint.
type signOut struct {
	pending
	NoticeShown bool `json:"t,omitempty"` // a notice has said that the sign-out is unconfirmed
}

// SignOut ends the person's session: first ours, and then the provider's, by sending the
// browser to its end session endpoint (RP-Initiated Logout 1.0 section 2). A request of
// our own would leave the provider's session in the browser. If the store fails, nothing
// has ended, and the error says so.
func (a *Auth) SignOut(ctx context.Context, callbackURL string) (Redirect, error) {
	req := requestFrom(ctx)
	if req.err != nil {
		return Redirect{}, req.err
	}
	if err := a.endCurrent(ctx, req, ByPerson); err != nil {
		return Redirect{}, err
	}
	next := Redirect{URL: a.url.CallbackURL(callbackURL)}
	if active := req.active; active != nil {
		r, _ := active.details()
		next = a.redirectToEndSession(ctx, a.byID[active.Provider], r.IDToken, next.URL)
	} else if last, _ := a.cookies.Value(req.cookies, lastCookie); req.token != "" && a.byID[last] != nil {
		// The session has ended, but the browser still has its cookie: the response to
		// an earlier Sign Out may have been lost, with its redirect to the provider.
		next = a.redirectToEndSession(ctx, a.byID[last], "", next.URL)
	}
	next.Cookies = append(next.Cookies, a.cookies.New(sessionCookie, "", 0))
	return next, nil
}

// redirectToEndSession sends the browser to the provider's end session endpoint, or to a
// local page if none is known.
func (a *Auth) redirectToEndSession(ctx context.Context, p *provider, idToken, to string) Redirect {
	ctx, cancel := context.WithTimeout(ctx, signOutWait)
	defer cancel()
	out := &signOut{pending: a.newPending(p, to)}
	endpoint, parameters, err := p.oidc.EndSession(ctx, out.State, idToken)
	switch {
	case err != nil:
		return a.redirectLocal(to, Notice{SignOutUnconfirmed, p.Name})
	case endpoint == "":
		return a.redirectLocal(to, Notice{SignedOutHere, p.Name})
	}
	next := Redirect{URL: oidc.WithQuery(endpoint, parameters), Cookies: a.withEvictions(ctx, a.signOutCookie(out))}
	if len(next.URL) > maxSignOutURL { // with a long ID token: by POST
		next.URL, next.Form = endpoint, parameters
	}
	return next
}

// redirectLocal redirects to a local page without the provider. The notice is for the next
// page, or for this response if it is that page.
func (a *Auth) redirectLocal(to string, n Notice) Redirect {
	return Redirect{URL: to, Cookies: []*http.Cookie{a.noticeCookie(n)}, Notice: &n}
}

// finishSignOut answers the provider's redirect after a sign-out. Its state confirms that
// the provider's session has ended too, unless there is an error.
func (a *Auth) finishSignOut(out *signOut, query url.Values) Redirect {
	notice := Notice{SignedOut, a.ProviderName(out.Provider)}
	if query.Get("error") != "" {
		notice.Kind = SignOutRefused
		a.log.Warn("sign-out rejected by the provider", "provider", out.Provider, "reason", oidc.DescribeError(query))
	}
	return Redirect{URL: out.CallbackURL, Cookies: []*http.Cookie{
		a.cookies.New(cookieOf(signOutCookie, out.State), "", 0),
		a.noticeCookie(notice),
	}}
}

// callbackWithoutState returns this browser's newest pending sign-out if a provider
// redirects without any parameter, as some do, or nil. It confirms nothing: anyone could
// have sent the browser here.
func (a *Auth) callbackWithoutState(req *request, p *provider, query url.Values) *signOut {
	if query.Has("state") || query.Has("code") || query.Has("error") {
		return nil
	}
	var newest *signOut
	for _, out := range a.pendingSignOuts(req) {
		if out.Provider == p.ID && (newest == nil || out.StartedAt.After(newest.StartedAt)) {
			newest = out
		}
	}
	return newest
}

// returnFromSignOut answers a redirect from a sign-out without its state.
func (a *Auth) returnFromSignOut(req *request, p *provider, out *signOut) (Redirect, error) {
	out.NoticeShown = true
	next := Redirect{Cookies: []*http.Cookie{a.signOutCookie(out)}} // the confirmation may still come
	if req.active != nil {                                          // signed in again since: a notice would be wrong
		next.URL = out.CallbackURL
		return next, nil
	}
	return next, errorf(SignOutUnknown, p.ID, "the provider sent the browser back from a sign-out without its state")
}

func (a *Auth) signOutCookie(out *signOut) *http.Cookie {
	sealed := func() *http.Cookie {
		return a.cookies.Seal(forSignOut, cookieOf(signOutCookie, out.State), out, out.StartedAt.Add(signOutLife).Sub(a.now()))
	}
	return cookies.FirstFitting(sealed(), func() *http.Cookie { out.CallbackURL = "/"; return sealed() })
}

// findSignOut returns this browser's pending sign-out with a state, or nil.
func (a *Auth) findSignOut(req *request, state string) *signOut {
	out := new(signOut)
	if state == "" || !a.cookies.Find(req.cookies, forSignOut, cookieOf(signOutCookie, state), out) || out.State != state {
		return nil
	}
	return out
}

// pendingSignOuts returns this browser's pending sign-outs.
func (a *Auth) pendingSignOuts(req *request) (all []*signOut) {
	for _, c := range a.cookies.WithPrefix(req.cookies, signOutCookie) {
		if out := new(signOut); a.cookies.Open(forSignOut, c.Name, c.Value, out) {
			all = append(all, out)
		}
	}
	return all
}

// ProviderName returns the name of a provider to show.
func (a *Auth) ProviderName(id string) string {
	if p, ok := a.byID[id]; ok {
		return p.Name
	}
	return id
}

// revoke revokes the tokens of an ended session at the provider (RFC 7009), in the
// background: a failure is only logged. A refresh token revokes the access tokens of its
// grant too (section 2.1); without one, the access token itself is revoked. WSO2's
// providers, such as Asgardeo, may issue one token to all sessions of a person: the last
// of these revokes it.
func (a *Auth) revoke(ctx context.Context, r *record.Record) {
	p, ok := a.byID[r.Provider]
	token, hint := r.Revocable()
	if !ok || !p.issued(&r.Summary) || token == "" {
		return
	}
	a.background(ctx, oidc.OutgoingLimit, func(ctx context.Context) {
		shared, err := a.sharesToken(ctx, r)
		switch {
		case shared:
			p.log.Debug("token not revoked: another session of the person has it too", "kind", hint)
			return
		case err == nil:
			err = p.oidc.Revoke(ctx, token, hint)
		}
		if err != nil {
			p.log.Warn("token revocation failed: the token is valid until it expires", "kind", hint, "error", oidc.Quotable(err))
		}
	})
}

// sharesToken reports whether another session of the same person has the token that an
// ended session would revoke. It returns an error if it cannot tell.
func (a *Auth) sharesToken(ctx context.Context, ended *record.Record) (bool, error) {
	sessions, err := a.store.List(ctx, forSession, a.store.subjectIndex(forSession, ended.Provider, ended.Subject))
	token, _ := ended.Revocable()
	for _, s := range sessions { // one at a time: a list has no tokens, and together they may be large
		r, sealed, failure := a.readRecord(ctx, s.Key)
		switch {
		case failure == nil && (r.RefreshToken == token || r.AccessToken == token):
			return true, nil
		case CodeOf(failure) == StoreUnavailable:
			err = failure
		case failure != nil && sealed != nil:
			err = errors.New("a session of the person does not open, and may have the same token")
		}
	}
	return false, err
}
