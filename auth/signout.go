package auth

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"time"
)

const (
	signOutLife   = time.Hour       // how long the person may take at the provider
	signOutWait   = 3 * time.Second // how long a person waits to learn where the provider's session ends
	maxSignOutURL = 4 << 10         // bytes; beyond it the id_token_hint is left out
)

// signOut is a sign-out under way: what the browser keeps while it visits the
// provider's end session endpoint.
type signOut struct {
	State       string    `json:"s"`
	Provider    string    `json:"p"`
	CallbackURL string    `json:"u"`
	Begun       time.Time `json:"b"`
	Told        bool      `json:"t,omitempty"` // the person has read that the end is not known
}

// SignOut ends the person's session: ours first, and then the provider's, by
// sending the browser to its end session endpoint (RP-Initiated Logout 1.0
// section 2). A server-side call would leave the provider's session in the
// browser alive. Where the store does not answer, nothing has ended, and the
// error says so.
func (a *Auth) SignOut(ctx context.Context, callbackURL string) (Redirect, error) {
	v := visitOf(ctx)
	if v.err != nil {
		return Redirect{}, v.err
	}
	to := a.callbackURL(callbackURL)
	gone := a.cookie(sessionCookie, "", 0)
	if err := a.finishOwn(ctx, v, Ended); err != nil {
		return Redirect{}, err
	}
	if v.live == nil {
		return Redirect{URL: to, Cookies: []*http.Cookie{gone}}, nil
	}
	l := v.live
	v.live = nil
	next := a.endAtProvider(ctx, l, to)
	next.Cookies = append(next.Cookies, gone)
	return next, nil
}

// endAtProvider sends the browser to the provider's end session endpoint, or
// straight back where there is none, or none is known.
func (a *Auth) endAtProvider(ctx context.Context, l *live, to string) Redirect {
	p := a.byID[l.Provider] // which vouches for the session
	ctx, cancel := context.WithTimeout(ctx, signOutWait)
	defer cancel()
	party, err := p.relyingParty(ctx)
	if err != nil {
		return a.straightBack(ctx, to, Notice{SignOutUnconfirmed, p.Name})
	}
	if party.EndSessionEndpoint == "" {
		return a.straightBack(ctx, to, Notice{SignedOutHere, p.Name})
	}
	out := &signOut{State: rand.Text(), Provider: p.ID, CallbackURL: to, Begun: a.now()}
	r, _ := l.rest()
	return Redirect{URL: party.endSessionURL(p, out, r.IDToken), Cookies: []*http.Cookie{a.signOutCookie(out)}}
}

// straightBack sends the browser on without a visit to the provider. The notice
// is for the next page, or for this answer, where it is that page already.
func (a *Auth) straightBack(ctx context.Context, to string, n Notice) Redirect {
	visitOf(ctx).notice = &n
	return Redirect{URL: to, Cookies: []*http.Cookie{a.noticeCookie(n)}}
}

// endSessionURL is the logout request of RP-Initiated Logout 1.0 section 2.
func (party *relyingParty) endSessionURL(p *provider, out *signOut, idToken string) string {
	query := url.Values{
		"client_id":                {p.ClientID},
		"post_logout_redirect_uri": {p.redirectURI},
		"state":                    {out.State},
	}
	bare := withQuery(party.EndSessionEndpoint, query)
	query.Set("id_token_hint", idToken)
	if full := withQuery(party.EndSessionEndpoint, query); idToken != "" && len(full) <= maxSignOutURL {
		return full
	}
	return bare
}

// withQuery adds parameters to a URL that may have some of its own.
func withQuery(endpoint string, query url.Values) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint // checked when the metadata was fetched
	}
	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}

// signedOut answers the provider's return from a sign-out: the one-time state
// confirms that its session has ended too.
func (a *Auth) signedOut(out *signOut) Redirect {
	return Redirect{URL: out.CallbackURL, Cookies: []*http.Cookie{
		a.cookie(signOutName(out.State), "", 0),
		a.noticeCookie(Notice{SignedOut, a.ProviderName(out.Provider)}),
	}}
}

func signOutName(state string) string { return signOutCookie + state[:min(len(state), 12)] }

func (a *Auth) signOutCookie(out *signOut) *http.Cookie {
	return a.sealedCookie(forSignOut, signOutName(out.State), out, out.Begun.Add(signOutLife).Sub(a.now()))
}

// findSignOut returns this browser's sign-out of a state, or nil.
func (a *Auth) findSignOut(v *visit, state string) *signOut {
	out := new(signOut)
	if state == "" || !a.openCookie(v, forSignOut, signOutName(state), out) || out.State != state {
		return nil
	}
	return out
}

// ProviderName returns what a provider is called, for people.
func (a *Auth) ProviderName(id string) string {
	if p, ok := a.byID[id]; ok {
		return p.Name
	}
	return id
}
