package auth

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"latchkey/auth/internal/oidc"
	"latchkey/auth/internal/record"
	"latchkey/auth/internal/sealed"
	"latchkey/auth/store"
)

// Session is who is signed in with the current request. It is a copy: changing
// it changes nothing in the store. It holds no token.
type Session struct {
	ID        string // addresses it for EndSession, as in SignedIn
	User      User
	Provider  string            // the provider's id
	Issuer    string            // the provider's issuer, as its ID tokens say it
	Scopes    []string          // what the person has granted
	StartedAt time.Time         // when the person signed in
	ExpiresAt time.Time         // when it ends if the person does nothing more
	Deadline  time.Time         // when it ends in any case
	Values    map[string]string // what the app's Admit hook has put there

	details func() (record.Details, error) // nil for a session that was made by hand
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
func (s *Session) Claims() map[string]any { return record.FromJSON[any](s.openDetails().Claims) }

// openDetails is the half of the record that no page needs; empty where it does not
// open.
func (s *Session) openDetails() (r record.Details) {
	if s.details != nil {
		r, _ = s.details()
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
	all := oidc.Claims(s.Claims())
	names := append(all.Names("groups"), all.Names("roles")...)
	return provider != "" && s.Provider == provider && name != "" && slices.Contains(names, name)
}

// newSession returns the copy that the app sees.
func newSession(f *record.Summary, ends time.Time, other func() (record.Details, error)) *Session {
	return &Session{
		ID:       f.PublicID,
		User:     newUser(f),
		Provider: f.Provider, Issuer: f.Issuer, Scopes: strings.Fields(f.Scope), StartedAt: f.StartedAt, ExpiresAt: ends, Deadline: f.Deadline,
		Values: record.FromJSON[string](f.Values), details: other,
	}
}

func newUser(f *record.Summary) User {
	return User{Subject: f.Subject, Name: f.Name, Email: f.Email, Picture: f.Picture}
}

// load reads the session that a token names: nil where there is none. It is
// one round trip to the store.
func (a *Auth) load(ctx context.Context, token string) (*activeSession, error) {
	data, err := a.tokens.FindSealed(ctx, token)
	if err != nil || data == nil {
		return nil, err
	}
	key := a.store.sessionKey(token)
	plain := a.store.Summary(forSession, key, data)
	if plain == nil {
		return nil, nil
	}
	f := record.DecodeSummary(plain)
	if f == nil {
		a.store.LogMalformed(forSession, nil)
		return nil, nil
	}
	if p := a.byID[f.Provider]; p == nil || !p.issued(f) {
		return nil, nil
	}
	return &activeSession{Summary: f, store: a.store, key: key, sealed: data, expiresAt: a.expiry(f.LastSeen, f.Deadline)}, nil
}

// activeSession is a session as this request found it.
type activeSession struct {
	*record.Summary
	store     sessionStore
	key       store.Key
	sealed    []byte // the record as the store has it
	expiresAt time.Time
}

// details opens the half of the record that pages do without. It opens where the
// front has, unless somebody has tampered with the store.
func (active *activeSession) details() (record.Details, error) {
	if r, ok := record.DecodeDetails(active.store.Details(forSession, active.key, active.sealed)); ok {
		return r, nil
	}
	return record.Details{}, errorf(SessionEnded, active.Provider, "half of the session does not open")
}

// record is the record with both halves.
func (active *activeSession) record() (*record.Record, error) {
	other, err := active.details()
	return &record.Record{Summary: *active.Summary, Details: other}, err
}

// touchAfter is how old the last activity gets before it is written again: a
// busy session costs one write a minute. Sessions that live but minutes without
// activity have it written in finer steps.
const touchAfter = time.Minute

// touchLimit is how long that write may take: it is not worth a longer wait.
const touchLimit = 400 * time.Millisecond

// touch notes that the person is active, and so moves the session's end. A
// session that has ended or changed meanwhile stays as it is.
func (a *Auth) touch(ctx context.Context, active *activeSession) {
	if a.now().Sub(active.LastSeen) < min(touchAfter, a.idle/10) {
		return
	}
	r, err := active.record()
	if err != nil {
		return
	}
	r.LastSeen = a.now()
	ctx, cancel := context.WithTimeout(ctx, touchLimit)
	defer cancel()
	sealed, err := a.writeRecord(ctx, active.key, active.sealed, r)
	if err != nil {
		a.log.Debug("activity was not noted", "error", err) // the next request notes it
	}
	if sealed != nil {
		active.Summary, active.sealed, active.expiresAt = &r.Summary, sealed, a.expiry(r.LastSeen, r.Deadline)
	}
}

// writeRecord replaces a session's record as it was read, and returns it as it is
// sealed now; nil where the session has ended or changed since.
func (a *Auth) writeRecord(ctx context.Context, key store.Key, sealed []byte, r *record.Record) ([]byte, error) {
	if err := r.Fit(); err != nil {
		return nil, wrap(ProviderFault, r.Provider, err)
	}
	ends := a.expiry(r.LastSeen, r.Deadline)
	r.FormToken = a.sealFormToken(&r.Summary)
	return a.store.Update(ctx, forSession, key, sealed, r.Encode(), ends)
}

// maxUpdateTries is how often a change is tried again when others change the same
// session at the same moment.
const maxUpdateTries = 20

// updateRecord changes a session's record, built on what is stored now: whatever
// others write at the same moment is neither lost nor overwritten.
func (a *Auth) updateRecord(ctx context.Context, key store.Key, edit func(*record.Record)) error {
	for range maxUpdateTries {
		r, sealed, err := a.readRecord(ctx, key)
		if err != nil {
			return err
		}
		edit(r)
		if sealed, err = a.writeRecord(ctx, key, sealed, r); err != nil || sealed != nil {
			return err
		}
	}
	return errorf(StoreUnavailable, "", "the session is being changed by too many at once")
}

// readRecord reads a session's whole record anew, for write also as it is sealed.
func (a *Auth) readRecord(ctx context.Context, key store.Key) (*record.Record, []byte, error) {
	plain, data, err := a.store.Find(ctx, forSession, key)
	if err != nil {
		return nil, nil, err
	}
	r := record.Decode(sealed.Parts{Summary: plain, Details: a.store.Details(forSession, key, data)})
	if r == nil {
		return nil, nil, errorf(SessionEnded, "", "the session has ended meanwhile")
	}
	return r, data, nil
}

// expiry is the nearer of a session's idle and absolute end.
func (a *Auth) expiry(seen, until time.Time) time.Time {
	idle := seen.Add(a.idle)
	if until.Before(idle) {
		return until
	}
	return idle
}

// createSession stores a new session and returns its token. scs draws a new token for
// every sign-in, so that none can be planted beforehand.
func (a *Auth) createSession(ctx context.Context, r *record.Record) (token string, err error) {
	r.StartedAt = a.now()
	r.LastSeen, r.Deadline, r.PublicID = r.StartedAt, r.StartedAt.Add(a.maxAge), rand.Text()
	r.FormToken = a.sealFormToken(&r.Summary)
	if err := r.Fit(); err != nil {
		return "", wrap(ProviderFault, r.Provider, err)
	}
	if token, err = a.tokens.NewToken(ctx); err != nil {
		return "", wrap(Internal, r.Provider, err)
	}
	index := a.store.indexOf(forSession, r.Provider, r.SID, r.Subject)
	created, err := a.store.Create(ctx, forSession, a.store.sessionKey(token), r.Encode(), a.expiry(r.LastSeen, r.Deadline), index...)
	if err == nil && created == nil {
		err = errorf(Internal, r.Provider, "the new session token is already in use")
	}
	return token, err
}
