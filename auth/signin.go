package auth

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

const (
	signInLife     = 30 * time.Minute // how long a person may take at the provider
	signInMemory   = 2 * signInLife   // how long we can tell that it took longer, or was used
	maxSignIns     = 20               // sign-ins under way in one browser
	maxSignInBytes = 6 << 10          // of their cookies together: common servers take 8 KB of header
)

// SignInRequest is what a person asked for with the Sign in button.
type SignInRequest struct {
	Provider    string // the provider's id
	CallbackURL string // where to come back to; anything but a page of ours means "/"
	Origin      string // of the page that asks, as the browser says it (RFC 6454); empty: not known

	Another      bool          // to sign in as somebody else than whom the provider would take by itself
	SignUp       bool          // to make an account first, where the provider offers it
	LoginHint    string        // who is likely to sign in, as an e-mail address
	Organization string        // the organisation to sign in to (Asgardeo)
	Confirm      *Confirmation // to confirm that it is still them; nil: to sign in
}

// Redirect is where to send the browser next, and the cookies to set on the
// way. A URL that begins with "/" is a page of our own.
type Redirect struct {
	URL     string
	Form    url.Values // to be posted to URL by the browser; nil: it is only sent there
	Cookies []*http.Cookie
}

// Local reports whether the next page is one of our own.
func (r Redirect) Local() bool { return strings.HasPrefix(r.URL, "/") }

// signIn is a sign-in under way. Each has a cookie of its own, named by its
// state: any number of tabs begin and finish in any order, and nothing is
// stored for someone who has not signed in.
type signIn struct {
	State        string               `json:"s"`
	Provider     string               `json:"p"`
	CallbackURL  string               `json:"-"` // sealed beside the rest (longurl.go)
	StartedAt    time.Time            `json:"b"`
	Nonce        string               `json:"n,omitempty"`
	Verifier     string               `json:"v,omitempty"` // PKCE code_verifier
	RedirectURI  string               `json:"r"`
	Confirmation *pendingConfirmation `json:"c,omitempty"`
	Trace        string               `json:"t,omitempty"` // what the trace keeps until the callback
	Used         bool                 `json:"d,omitempty"` // finished: kept to tell a repeated callback from a foreign one
}

// SignIn begins a sign-in: the authorization request of the code flow (OpenID
// Connect Core 3.1.2.1) with PKCE (RFC 7636), state and nonce. Where the page
// that asks was opened under another name than AUTH_URL's, it leads to the same
// page under the right one instead: only there are the cookies of the sign-in
// when the person comes back.
func (a *Auth) SignIn(ctx context.Context, request SignInRequest) (Redirect, error) {
	p, err := a.provider(request.Provider)
	if err != nil {
		return Redirect{}, err
	}
	if a.otherSite(request.Origin) {
		return Redirect{URL: a.origin + a.callbackURL(request.CallbackURL)}, nil
	}
	ctx, cancel := context.WithTimeout(a.withTrace(ctx), outgoingLimit)
	defer cancel()
	req := requestFrom(ctx)
	s := &signIn{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), // rand.Text: at least 128 bits
		Provider: p.ID, RedirectURI: p.redirectURI, CallbackURL: a.callbackURL(request.CallbackURL), StartedAt: a.now(),
	}
	party, err := p.relyingParty(ctx)
	if err != nil {
		return Redirect{}, s.wrap(err)
	}
	if s.Confirmation, err = newPendingConfirmation(req, request.Confirm); err != nil {
		return Redirect{}, err
	}
	to, err := p.authorizationURL(ctx, party, s, request)
	if err != nil {
		return Redirect{}, s.wrap(err)
	}
	cookie := a.signInCookie(s)
	return Redirect{URL: to, Cookies: append(a.evictSignIns(req, cookie), cookie)}, nil
}

// authorizationRequest is the parameters of Core 3.1.2.1 and RFC 7636 section
// 4.3, with what the person asked for.
func (p *provider) authorizationRequest(party *relyingParty, s *signIn, asked SignInRequest) url.Values {
	u, err := url.Parse(rp.AuthURL(s.State, party.oauth,
		rp.WithCodeChallenge(oidc.NewSHACodeChallenge(s.Verifier)),
		rp.AuthURLOpt(rp.WithURLParam("nonce", s.Nonce)),
	))
	if err != nil {
		return nil // checked when the metadata was fetched
	}
	request := u.Query()
	for name, value := range party.authParams(asked) {
		request.Set(name, value)
	}
	for name, value := range s.Confirmation.authParams() {
		request.Set(name, value)
	}
	return request
}

func (a *Auth) provider(id string) (*provider, error) {
	if p, ok := a.byID[id]; ok {
		return p, nil
	}
	return nil, errorf(UnknownProvider, "", "no provider of the id in the URL is configured")
}

func signInName(state string) string { return signInCookie + state[:min(len(state), 12)] }

func (a *Auth) signInCookie(s *signIn) *http.Cookie {
	sealed := func() *http.Cookie {
		return a.sealedCookie(forSignIn, signInName(s.State), s, s.StartedAt.Add(signInMemory).Sub(a.now()))
	}
	return firstFitting(sealed(),
		func() *http.Cookie { s.Trace = ""; return sealed() },
		func() *http.Cookie { s.CallbackURL = "/"; return sealed() })
}

// findSignIn returns this browser's sign-in of a state, or nil.
func (a *Auth) findSignIn(req *request, state string) *signIn {
	s := new(signIn)
	if state == "" || !a.openCookie(req, forSignIn, signInName(state), s) || s.State != state {
		return nil
	}
	return s
}

// evictSignIns clears the oldest sign-ins under way where there would be too many
// beside the next: cookies that no server accepts lock people out. One that does
// not open may belong to a replica with another secret: it is cleared first, and
// only then.
func (a *Auth) evictSignIns(req *request, next *http.Cookie) []*http.Cookie {
	type underWay struct {
		name  string
		size  int
		begun time.Time
	}
	var all []underWay
	for _, c := range a.cookiesUnder(req, signInCookie) {
		s := new(signIn)
		a.openValue(forSignIn, c.Name, c.Value, s)
		all = append(all, underWay{c.Name, len(c.Name) + len(c.Value), s.StartedAt})
	}
	slices.SortFunc(all, func(x, y underWay) int { return y.begun.Compare(x.begun) })
	var cleared []*http.Cookie
	total := len(next.Name) + len(next.Value)
	for i, s := range all {
		if total += s.size; i >= maxSignIns-1 || total > maxSignInBytes {
			cleared = append(cleared, a.cookie(s.name, "", 0))
		}
	}
	return cleared // as many as fit into the answer; the next sign-in clears more
}
