package auth

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"latchkey/auth/store"
)

// Session is who is signed in with the current request. It is a copy: changing
// it changes nothing in the store. It holds no token.
type Session struct {
	User     User
	Provider string            // the provider's id
	Issuer   string            // the provider's issuer, as its ID tokens say it
	Scopes   []string          // what the person has granted
	Began    time.Time         // when the person signed in
	Ends     time.Time         // when it ends if the person does nothing more
	Until    time.Time         // when it ends in any case
	Values   map[string]string // what the app's Admit hook has put there

	claims string
	story  string
}

// User is the person, as far as every app wants to know. Its JSON form is that
// of Auth.js, with the subject.
type User struct {
	Subject string `json:"sub"` // unique and stable within the provider
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Picture string `json:"image,omitempty"` // an https URL
}

// Claims returns what the provider has told about the person: the verified
// claims of the ID token and, where it was asked, of its userinfo endpoint.
func (s *Session) Claims() map[string]any { return members[any](s.claims) }

// InGroup reports whether the provider says that the person is in a group or
// has a role: by the claims groups and roles, each one name or several.
func (s *Session) InGroup(name string) bool {
	all := claims(s.Claims())
	groups, _ := all.list("groups")
	roles, _ := all.list("roles")
	return name != "" && slices.Contains(append(groups, roles...), name)
}

// session makes the copy that the app sees.
func (r *record) session(ends time.Time) *Session {
	return &Session{
		User:     User{Subject: r.Subject, Name: r.Name, Email: r.Email, Picture: r.Picture},
		Provider: r.Provider, Issuer: r.Issuer, Scopes: r.scopes(), Began: r.Began, Ends: ends, Until: r.Until,
		Values: members[string](r.Values), claims: r.Claims, story: r.Story,
	}
}

// load reads the session that a token names: nil where there is none. It is
// one round trip to the store.
func (a *Auth) load(ctx context.Context, token string) (*live, error) {
	b := new(basis)
	ctx, err := a.sessions.Load(withBasis(ctx, b), token)
	if err != nil {
		return nil, err
	}
	r, ok := a.sessions.Get(ctx, recordKey).(*record)
	if !ok || b.sealed == nil {
		return nil, nil
	}
	return &live{ctx: ctx, token: token, record: r, ends: a.sessions.Deadline(ctx)}, nil
}

// sessionTokenLength is that of scs' tokens: 32 random bytes in base64url. For
// anything else there is no reason to ask the store.
const sessionTokenLength = 43

// live is a session as this request found it, with the context in which scs
// holds it.
type live struct {
	ctx    context.Context
	token  string
	record *record
	ends   time.Time
}

func (l *live) key() store.Key { return sessionKey(l.token) }

// touchAfter is how old the last activity gets before it is written again: a
// busy session costs one write a minute. Sessions that live but minutes without
// activity have it written in finer steps.
const touchAfter = time.Minute

// touchLimit is how long that write may take: with a look-up that nearly hangs
// it still stays below the 3 s in which a person gets an answer.
const touchLimit = 400 * time.Millisecond

// touch notes that the person is active, and so moves the session's end. A
// session that has ended or changed meanwhile stays as it is.
func (a *Auth) touch(l *live) {
	if a.now().Sub(l.record.Seen) < min(touchAfter, a.idle/10) {
		return
	}
	touched := *l.record
	touched.Seen = a.now()
	ctx, cancel := context.WithTimeout(l.ctx, touchLimit)
	defer cancel()
	if err := a.commit(ctx, l, &touched); err != nil {
		a.log.Debug("activity was not noted", "error", err) // the next request notes it
	}
}

// commit writes a changed record, if the session has neither ended nor changed
// since it was read. The context is the session's own, or made from it.
func (a *Auth) commit(ctx context.Context, l *live, r *record) error {
	ends := a.end(r.Seen, r.Until)
	a.sessions.Put(ctx, recordKey, r)
	a.sessions.SetDeadline(ctx, ends)
	if _, _, err := a.sessions.Commit(ctx); err != nil {
		return err
	}
	l.record, l.ends = r, ends
	return nil
}

// changeTries is how often a change is tried again when others change the same
// session at the same moment.
const changeTries = 20

// change changes a session's record, built on what is stored now: whatever
// others write at the same moment is neither lost nor overwritten.
func (a *Auth) change(ctx context.Context, key store.Key, edit func(*record)) error {
	for range changeTries {
		plain, sealed, err := a.vault.find(ctx, forSession, key)
		if err != nil {
			return err
		}
		r := decodeRecord(plain)
		if r == nil {
			return problem(SessionEnded, "", "the session has ended meanwhile")
		}
		edit(r)
		ends := a.end(r.Seen, r.Until)
		next, err := codec{}.Encode(ends, map[string]any{recordKey: r})
		if err != nil {
			return wrap(Internal, r.Provider, err)
		}
		if sealed, err = a.vault.update(ctx, forSession, key, sealed, next, ends); err != nil || sealed != nil {
			return err
		}
	}
	return problem(StoreUnavailable, "", "the session is being changed by too many at once")
}

// end is the nearer of a session's idle and absolute end.
func (a *Auth) end(seen, until time.Time) time.Time {
	idle := seen.Add(a.idle)
	if until.Before(idle) {
		return until
	}
	return idle
}

// begin stores a new session and returns its token. scs draws a new token for
// every sign-in, so that none can be planted beforehand.
func (a *Auth) begin(ctx context.Context, r *record) (token string, err error) {
	r.Began = a.now()
	r.Seen, r.Until, r.PublicID = r.Began, r.Began.Add(a.maxAge), rand.Text()
	index := indexOf(forSession, r.Provider, r.SID, r.Subject)
	ctx, err = a.sessions.Load(withBasis(ctx, &basis{index: index}), "")
	if err != nil {
		return "", err
	}
	a.sessions.Put(ctx, recordKey, r)
	a.sessions.SetDeadline(ctx, a.end(r.Seen, r.Until))
	token, _, err = a.sessions.Commit(ctx)
	return token, wrap(Internal, r.Provider, err)
}
