package auth

import (
	"context"
	"errors"
	"time"

	"latchkey/auth/store"
)

// scsStore is scs' view of the vault: session tokens in, the fronts of records
// out. scs brings the token and the values of a request; this brings what its
// own stores lack: a commit never brings back a session that has ended.
type scsStore struct{ store *sealedStore }

// errNotNew is a commit of anything but a new session.
var errNotNew = errors.New("a commit of a session that is not new")

// scsExtra says what scs' interface has no place for. It travels in the context.
type scsExtra struct {
	index  []store.Key // of a new session: its index keys
	rest   []byte      // of a new session: the half of its record that scs does not see
	sealed []byte      // of one that was found: the record as the store has it
}

type scsExtraKey struct{}

// withSCSExtra returns a context in which scs finds and commits on b.
func withSCSExtra(ctx context.Context, b *scsExtra) context.Context {
	return context.WithValue(ctx, scsExtraKey{}, b)
}

func (r scsStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	front, sealed, err := r.store.find(ctx, forSession, r.store.sessionKey(token))
	if b, ok := ctx.Value(scsExtraKey{}).(*scsExtra); ok {
		b.sealed = sealed
	}
	return front, front != nil, err
}

// CommitCtx creates a session that sign-in has announced with its index keys.
// What exists is written by Auth alone: of two writers at once, scs would let
// the last one win.
func (r scsStore) CommitCtx(ctx context.Context, token string, front []byte, expires time.Time) error {
	b, ok := ctx.Value(scsExtraKey{}).(*scsExtra)
	if !ok || b.rest == nil {
		return errNotNew
	}
	sealed, err := r.store.create(ctx, forSession, r.store.sessionKey(token), recordParts{front, b.rest}, expires, b.index...)
	if err == nil && sealed == nil {
		return errNotNew
	}
	return err
}

func (r scsStore) DeleteCtx(ctx context.Context, token string) error {
	_, _, err := r.store.delete(ctx, forSession, r.store.sessionKey(token))
	return err
}

// The methods without a context are part of scs' interface, which prefers
// those above.

func (r scsStore) Find(token string) ([]byte, bool, error) {
	return r.FindCtx(context.Background(), token)
}

func (r scsStore) Commit(token string, plain []byte, expires time.Time) error {
	return r.CommitCtx(context.Background(), token, plain, expires)
}

func (r scsStore) Delete(token string) error {
	return r.DeleteCtx(context.Background(), token)
}

func (v *sealedStore) sessionKey(token string) store.Key { return v.keyOf(forSession, token) }

// The index keys of a session. Both name the provider: one provider can never
// end, or list, another provider's sessions.
func (v *sealedStore) sidIndex(p purpose, provider, sid string) store.Key {
	return v.keyOf(p, "sid", provider, sid)
}

func (v *sealedStore) subjectIndex(p purpose, provider, subject string) store.Key {
	return v.keyOf(p, "sub", provider, subject)
}

// withoutSIDIndex is for logouts of a subject's sessions that have no sid.
func (v *sealedStore) withoutSIDIndex(p purpose, provider, subject string) store.Key {
	return v.keyOf(p, "sub without sid", provider, subject)
}

// indexOf returns the keys under which sessions of a sid and a subject are
// listed; either may be empty.
func (v *sealedStore) indexOf(p purpose, provider, sid, subject string) []store.Key {
	var index []store.Key
	if sid != "" {
		index = append(index, v.sidIndex(p, provider, sid))
	}
	if subject != "" {
		index = append(index, v.subjectIndex(p, provider, subject))
	}
	return index
}
