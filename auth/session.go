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
	ID        string // identifies it for EndSession
	User      User
	Provider  string            // the provider's id
	Issuer    string            // iss of the provider's ID tokens: with User.Subject, the key of the app's own users
	Scopes    []string          // what the person has granted
	StartedAt time.Time         // when the person signed in
	ExpiresAt time.Time         // when it ends if the person does nothing more
	Deadline  time.Time         // when it ends in any case
	Values    map[string]string // what the app's Admit hook added

	details func() (record.Details, error) // nil for a session that the app made itself
}

// User is what most apps need to know about the person. Its JSON form is that of
// Auth.js, with the subject.
type User struct {
	Subject string `json:"sub"` // unique at Session.Issuer only, where it never changes (Core 2)
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"` // the claim email_verified says whether it is verified
	Picture string `json:"image,omitempty"` // an https URL
}

// Claims returns the claims about the person: those of the verified ID token and, if
// it was called, those of the userinfo endpoint.
func (s *Session) Claims() map[string]any { return record.FromJSON[any](s.openDetails().Claims) }

// EmailVerified reports whether the provider says that it has verified User.Email. Some
// providers let people enter any address.
func (s *Session) EmailVerified() bool {
	return s.User.Email != "" && oidc.Claims(s.Claims()).Flag("email_verified")
}

// openDetails returns the details of the record. They are empty if they do not open.
func (s *Session) openDetails() (r record.Details) {
	if s.details != nil {
		r, _ = s.details()
	}
	return r
}

// InGroup reports whether the person signed in with a provider, and has a group or a role
// of this name there: the claims groups and roles each hold one name or several. The
// provider's id is required because each provider decides who is in its "admins": the
// groups of one must not give access to what is meant for those of another.
func (s *Session) InGroup(provider, name string) bool {
	return name != "" && slices.Contains(s.Groups(provider), name)
}

// Groups returns the groups and roles of InGroup. There are none if the person has signed
// in with another provider.
func (s *Session) Groups(provider string) []string {
	if provider == "" || s.Provider != provider {
		return nil
	}
	all := oidc.Claims(s.Claims())
	return append(all.Names("groups"), all.Names("roles")...)
}

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

// load returns the session of a token, or nil if there is none. It takes one round trip
// to the store.
func (a *Auth) load(ctx context.Context, token string) (*activeSession, error) {
	data, err := a.tokens.FindSealed(ctx, token)
	if err != nil || data == nil {
		return nil, err
	}
	key := a.store.sessionKey(token)
	plain := a.store.Summary(forSession, key, data)
	f := record.DecodeSummary(plain)
	if f == nil && plain != nil { // another version wrote it
		a.store.LogMalformed(forSession, nil)
	}
	if f == nil || a.byID[f.Provider] == nil || !a.byID[f.Provider].issued(f) {
		return nil, nil
	}
	return &activeSession{Summary: f, store: a.store, key: key, sealed: data, expiresAt: a.expiry(f.LastSeen, f.Deadline)}, nil
}

// activeSession is the session of a request, as it was loaded.
type activeSession struct {
	*record.Summary
	store     sessionStore
	key       store.Key
	sealed    []byte // the record as the store has it
	expiresAt time.Time
}

// details fails only if someone tampered with the store: the summary has opened.
func (active *activeSession) details() (record.Details, error) {
	if r, ok := record.DecodeDetails(active.store.Details(forSession, active.key, active.sealed)); ok {
		return r, nil
	}
	return record.Details{}, errorf(SessionEnded, active.Provider, "the details of the session do not open")
}

func (active *activeSession) record() (*record.Record, error) {
	other, err := active.details()
	return &record.Record{Summary: *active.Summary, Details: other}, err
}

const (
	touchAfter = time.Minute            // a busy session costs one write a minute, or more if Config.Idle is short
	touchLimit = 400 * time.Millisecond // how long a request waits for that write
)

// touch stores the time of the person's last activity, which extends the session. A
// session that has ended or changed since it was loaded stays as it is.
func (a *Auth) touch(ctx context.Context, active *activeSession) {
	if a.now().Sub(active.LastSeen) < min(touchAfter, a.config.Idle/10) {
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
		a.log.Debug("activity not stored", "error", err) // the next request stores it
	}
	if sealed != nil {
		active.Summary, active.sealed, active.expiresAt = &r.Summary, sealed, a.expiry(r.LastSeen, r.Deadline)
	}
}

// writeRecord replaces a session's record. It returns the new sealed form, which is nil
// if the session has ended or changed since the record was read.
func (a *Auth) writeRecord(ctx context.Context, key store.Key, sealed []byte, r *record.Record) ([]byte, error) {
	if err := r.Fit(); err != nil {
		return nil, wrap(ProviderFault, r.Provider, err)
	}
	r.FormToken = a.sealFormToken(&r.Summary)
	return a.store.Update(ctx, forSession, key, sealed, r.Encode(), a.expiry(r.LastSeen, r.Deadline))
}

const maxUpdateTries = 20

// updateRecord reads a session's record, edits it and writes it, again if it was changed
// in between: no concurrent change is lost.
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
	return errorf(StoreUnavailable, "", "too many concurrent changes of the session")
}

// readRecord reads a session's record from the store. It also returns its sealed form, for
// writeRecord; with an error, that means that the session has not ended but does not open.
func (a *Auth) readRecord(ctx context.Context, key store.Key) (*record.Record, []byte, error) {
	plain, data, err := a.store.Find(ctx, forSession, key)
	if err != nil {
		return nil, nil, err
	}
	r := record.Decode(sealed.Parts{Summary: plain, Details: a.store.Details(forSession, key, data)})
	if r == nil {
		return nil, data, errorf(SessionEnded, "", "the session has ended")
	}
	return r, data, nil
}

// expiry returns when a session ends without further activity.
func (a *Auth) expiry(lastSeen, deadline time.Time) time.Time {
	if idle := lastSeen.Add(a.config.Idle); idle.Before(deadline) {
		return idle
	}
	return deadline
}

// createSession stores a new session and returns its token. scs draws a new token for
// every sign-in, so that an attacker cannot plant one (session fixation).
func (a *Auth) createSession(ctx context.Context, r *record.Record) (token string, err error) {
	r.StartedAt = a.now()
	r.LastSeen, r.AdmittedAt, r.PublicID = r.StartedAt, r.StartedAt, rand.Text()
	if deadline := r.StartedAt.Add(a.config.MaxAge); r.Deadline.IsZero() || deadline.Before(r.Deadline) {
		r.Deadline = deadline
	}
	if !r.Deadline.After(r.StartedAt) {
		return "", errorf(ProviderFault, r.Provider, "session_expiry is in the past: the session would be over")
	}
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
