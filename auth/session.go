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
	ID       string // addresses it for EndSession, as in SignedIn
	User     User
	Provider string            // the provider's id
	Issuer   string            // the provider's issuer, as its ID tokens say it
	Scopes   []string          // what the person has granted
	Began    time.Time         // when the person signed in
	Ends     time.Time         // when it ends if the person does nothing more
	Until    time.Time         // when it ends in any case
	Values   map[string]string // what the app's Admit hook has put there

	rest func() (rest, error) // nil for a session that was made by hand
}

// User is the person, as far as every app wants to know. Its JSON form is that
// of Auth.js, with the subject.
type User struct {
	Subject string `json:"sub"` // unique and stable within the provider
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"` // whether it is theirs, the claim email_verified says
	Picture string `json:"image,omitempty"` // an https URL
}

// Claims returns what the provider has told about the person: the verified
// claims of the ID token and, where it was asked, of its userinfo endpoint.
func (s *Session) Claims() map[string]any { return members[any](s.opened().Claims) }

// opened is the half of the record that no page needs; empty where it does not
// open.
func (s *Session) opened() (r rest) {
	if s.rest != nil {
		r, _ = s.rest()
	}
	return r
}

// InGroup reports whether the person has signed in with this provider, and the
// provider says that they are in a group or have a role of this name: by the
// claims groups and roles, each one name or several. The provider has to be
// named, by its id, because each one decides on its own who is in its "admins":
// where people sign in with several, one provider's groups must not open what
// another's are for.
func (s *Session) InGroup(provider, name string) bool {
	all := claims(s.Claims())
	names := append(all.names("groups"), all.names("roles")...)
	return provider != "" && s.Provider == provider && name != "" && slices.Contains(names, name)
}

// session makes the copy that the app sees.
func (f *front) session(ends time.Time, other func() (rest, error)) *Session {
	return &Session{
		ID:       f.PublicID,
		User:     User{Subject: f.Subject, Name: f.Name, Email: f.Email, Picture: f.Picture},
		Provider: f.Provider, Issuer: f.Issuer, Scopes: f.scopes(), Began: f.Began, Ends: ends, Until: f.Until,
		Values: members[string](f.Values), rest: other,
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
	f, ok := a.sessions.Get(ctx, recordKey).(*front)
	if !ok && b.sealed != nil {
		a.vault.noteStrange(forSession, nil)
	}
	if !ok || b.sealed == nil {
		return nil, nil
	}
	if p := a.byID[f.Provider]; p == nil || !p.vouchesFor(f) {
		return nil, nil
	}
	return &live{vault: a.vault, token: token, front: f, sealed: b.sealed, ends: a.sessions.Deadline(ctx)}, nil
}

// sessionTokenLength is that of scs' tokens: 32 random bytes in base64url. For
// anything else there is no reason to ask the store.
const sessionTokenLength = 43

// live is a session as this request found it.
type live struct {
	*front
	vault  *vault
	token  string
	sealed []byte // the record as the store has it
	ends   time.Time
}

func (l *live) key() store.Key { return l.vault.sessionKey(l.token) }

// rest opens the half of the record that pages do without. It opens where the
// front has, unless somebody has tampered with the store.
func (l *live) rest() (rest, error) {
	if r, ok := decodeRest(l.vault.rest(forSession, l.key(), l.sealed)); ok {
		return r, nil
	}
	return rest{}, problem(SessionEnded, l.Provider, "half of the session does not open")
}

// whole is the record with both halves.
func (l *live) whole() (*record, error) {
	other, err := l.rest()
	return &record{*l.front, other}, err
}

// touchAfter is how old the last activity gets before it is written again: a
// busy session costs one write a minute. Sessions that live but minutes without
// activity have it written in finer steps.
const touchAfter = time.Minute

// touchLimit is how long that write may take: it is not worth a longer wait.
const touchLimit = 400 * time.Millisecond

// touch notes that the person is active, and so moves the session's end. A
// session that has ended or changed meanwhile stays as it is.
func (a *Auth) touch(ctx context.Context, l *live) {
	if a.now().Sub(l.Seen) < min(touchAfter, a.idle/10) {
		return
	}
	r, err := l.whole()
	if err != nil {
		return
	}
	r.Seen = a.now()
	ctx, cancel := context.WithTimeout(ctx, touchLimit)
	defer cancel()
	sealed, err := a.write(ctx, l.key(), l.sealed, r)
	if err != nil {
		a.log.Debug("activity was not noted", "error", err) // the next request notes it
	}
	if sealed != nil {
		l.front, l.sealed, l.ends = &r.front, sealed, a.end(r.Seen, r.Until)
	}
}

// write replaces a session's record as it was read, and returns it as it is
// sealed now; nil where the session has ended or changed since.
func (a *Auth) write(ctx context.Context, key store.Key, sealed []byte, r *record) ([]byte, error) {
	if err := r.fit(); err != nil {
		return nil, err
	}
	ends := a.end(r.Seen, r.Until)
	r.Owner = a.sealOwner(&r.front)
	return a.vault.update(ctx, forSession, key, sealed, r.encode(ends), ends)
}

// changeTries is how often a change is tried again when others change the same
// session at the same moment.
const changeTries = 20

// change changes a session's record, built on what is stored now: whatever
// others write at the same moment is neither lost nor overwritten.
func (a *Auth) change(ctx context.Context, key store.Key, edit func(*record)) error {
	for range changeTries {
		r, sealed, err := a.stored(ctx, key)
		if err != nil {
			return err
		}
		edit(r)
		if sealed, err = a.write(ctx, key, sealed, r); err != nil || sealed != nil {
			return err
		}
	}
	return problem(StoreUnavailable, "", "the session is being changed by too many at once")
}

// stored reads a session's whole record anew, for write also as it is sealed.
func (a *Auth) stored(ctx context.Context, key store.Key) (*record, []byte, error) {
	front, sealed, err := a.vault.find(ctx, forSession, key)
	if err != nil {
		return nil, nil, err
	}
	r := decodeRecord(content{front, a.vault.rest(forSession, key, sealed)})
	if r == nil {
		return nil, nil, problem(SessionEnded, "", "the session has ended meanwhile")
	}
	return r, sealed, nil
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
	r.Owner = a.sealOwner(&r.front)
	if err := r.fit(); err != nil {
		return "", err
	}
	index := a.vault.indexOf(forSession, r.Provider, r.SID, r.Subject)
	ctx, err = a.sessions.Load(withBasis(ctx, &basis{index: index, rest: r.rest.encode()}), "")
	if err != nil {
		return "", err
	}
	a.sessions.Put(ctx, recordKey, &r.front)
	a.sessions.SetDeadline(ctx, a.end(r.Seen, r.Until))
	token, _, err = a.sessions.Commit(ctx)
	return token, wrap(Internal, r.Provider, err)
}
