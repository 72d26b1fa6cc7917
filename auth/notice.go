package auth

import (
	"context"
	"net/http"
	"time"
)

// Notice is something to tell the person on the next page, once. It travels in
// a sealed cookie: in the URL it would be told again at every reload, and by
// whoever sends a link.
type Notice struct {
	Kind     NoticeKind `json:"k"`
	Provider string     `json:"p"` // the provider's name for people
}

// NoticeKind says what has happened.
type NoticeKind string

// What there is to tell.
const (
	Cancelled          NoticeKind = "cancelled"           // the person cancelled at the provider
	SignedOut          NoticeKind = "signed_out"          // here and, as its return confirms, at the provider
	SignedOutHere      NoticeKind = "signed_out_here"     // here; the provider offers no way to end its session
	SignOutUnconfirmed NoticeKind = "signout_unconfirmed" // here; whether at the provider is not known
	SignOutRefused     NoticeKind = "signout_refused"     // here; the provider says that it did not sign the person out
	ActionConfirmed    NoticeKind = "action_confirmed"    // the person has just proved that it is them; see Confirmation
)

// sealedNotice is a notice as its cookie holds it.
type sealedNotice struct {
	Notice
	SignedIn bool `json:"i,omitempty"` // about something that a person did while signed in
}

const noticeLife = 5 * time.Minute

// Notice returns what there is to tell on this page, if anything, and the
// cookies that keep it from being told again.
func (a *Auth) Notice(ctx context.Context) (*Notice, []*http.Cookie) {
	req := requestFrom(ctx)
	n := new(sealedNotice)
	if !a.openCookie(req, forNotice, noticeCookie, n) {
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
func (a *Auth) ClearNotice() *http.Cookie { return a.cookie(noticeCookie, "", 0) }

// unconfirmedSignOut tells of a sign-out whose visit to the provider has brought
// nobody back. Its cookie stays, marked, for the confirmation may still come.
func (a *Auth) unconfirmedSignOut(req *request) (*Notice, []*http.Cookie) {
	if req.active != nil || req.err != nil {
		return nil, nil
	}
	for _, c := range a.cookiesUnder(req, signOutCookie) {
		out := new(signOut)
		if a.openValue(forSignOut, c.Name, c.Value, out) && !out.NoticeShown {
			out.NoticeShown = true
			return &Notice{SignOutUnconfirmed, a.ProviderName(out.Provider)}, []*http.Cookie{a.signOutCookie(out)}
		}
	}
	return nil, nil
}

// NoticeCookie returns a cookie that has the next page show a notice, once, to
// the person who is signed in. Kinds may be the app's own.
func (a *Auth) NoticeCookie(kind NoticeKind) *http.Cookie {
	return a.sealedCookie(forNotice, noticeCookie, sealedNotice{Notice{Kind: kind}, true}, noticeLife)
}

func (a *Auth) noticeCookie(n Notice) *http.Cookie {
	return a.sealedCookie(forNotice, noticeCookie, n, noticeLife)
}
