package auth

import (
	"context"
	"net/http"
	"time"
)

// Notice is a message for the next page, shown once. It travels in a sealed
// cookie: in a URL, every reload would show it again, and anyone could send a
// link with it.
type Notice struct {
	Kind     NoticeKind `json:"k"`
	Provider string     `json:"p"` // the provider's name for people
}

// NoticeKind is what happened.
type NoticeKind string

// The notices of this package.
const (
	Cancelled          NoticeKind = "cancelled"           // the person cancelled at the provider
	SignedOut          NoticeKind = "signed_out"          // here and at the provider, which confirmed it
	SignedOutHere      NoticeKind = "signed_out_here"     // here; the provider has no end session endpoint
	SignOutUnconfirmed NoticeKind = "signout_unconfirmed" // here; the provider has not confirmed it
	SignOutRefused     NoticeKind = "signout_refused"     // here; the provider reported an error
	ActionConfirmed    NoticeKind = "action_confirmed"    // the person has authenticated again; see Confirmation
)

// sealedNotice is a notice as its cookie holds it.
type sealedNotice struct {
	Notice
	SignedIn bool `json:"i,omitempty"` // for a person who is signed in
}

const noticeLife = 5 * time.Minute

// Notice returns the notice to show on this page, or nil, and the cookies that
// keep it from being shown again.
func (a *Auth) Notice(ctx context.Context) (*Notice, []*http.Cookie) {
	req := requestFrom(ctx)
	n := new(sealedNotice)
	if !a.cookies.Find(req.cookies, forNotice, noticeCookie, n) {
		return a.unconfirmedSignOut(req)
	}
	shown := &n.Notice
	if n.Kind != Cancelled && n.SignedIn != (req.active != nil) {
		shown = nil // another tab has signed in or out since, so the notice is no longer true
	}
	return shown, []*http.Cookie{a.ClearNotice()}
}

// ClearNotice returns a cookie that removes the notice, for a page that shows it
// without calling Notice.
func (a *Auth) ClearNotice() *http.Cookie { return a.cookies.New(noticeCookie, "", 0) }

// unconfirmedSignOut returns a notice if the browser has not come back from the
// sign-out at the provider. The cookie stays, marked, because the confirmation
// may still arrive.
func (a *Auth) unconfirmedSignOut(req *request) (*Notice, []*http.Cookie) {
	if req.active != nil || req.err != nil {
		return nil, nil
	}
	for _, out := range a.pendingSignOuts(req) {
		if !out.NoticeShown {
			out.NoticeShown = true
			return &Notice{SignOutUnconfirmed, a.ProviderName(out.Provider)}, []*http.Cookie{a.signOutCookie(out)}
		}
	}
	return nil, nil
}

// NoticeCookie returns a cookie that shows a notice on the next page, once, to
// the person who is signed in. The app can define its own kinds.
func (a *Auth) NoticeCookie(kind NoticeKind) *http.Cookie {
	return a.cookies.Seal(forNotice, noticeCookie, sealedNotice{Notice{Kind: kind}, true}, noticeLife)
}

func (a *Auth) noticeCookie(n Notice) *http.Cookie {
	return a.cookies.Seal(forNotice, noticeCookie, n, noticeLife)
}
