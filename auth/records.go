package auth

import (
	"context"
	"errors"
	"time"

	"latchkey/auth/store"
)

// records is scs' view of the vault: session tokens in, the fronts of records
// out. scs brings the token and the values of a request; this brings what its
// own stores lack: a commit never brings back a session that has ended.
type records struct{ vault *vault }

// errNotNew is a commit of anything but a new session.
var errNotNew = errors.New("a commit of a session that is not new")

// basis says what scs' interface has no place for. It travels in the context.
type basis struct {
	index  []store.Key // of a new session: its index keys
	rest   []byte      // of a new session: the half of its record that scs does not see
	sealed []byte      // of one that was found: the record as the store has it
}

type basisKey struct{}

// withBasis returns a context in which scs finds and commits on b.
func withBasis(ctx context.Context, b *basis) context.Context {
	return context.WithValue(ctx, basisKey{}, b)
}

func (r records) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	front, sealed, err := r.vault.find(ctx, forSession, r.vault.sessionKey(token))
	if b, ok := ctx.Value(basisKey{}).(*basis); ok {
		b.sealed = sealed
	}
	return front, front != nil, err
}

// CommitCtx creates a session that sign-in has announced with its index keys.
// What exists is written by Auth alone: of two writers at once, scs would let
// the last one win.
func (r records) CommitCtx(ctx context.Context, token string, front []byte, expires time.Time) error {
	b, ok := ctx.Value(basisKey{}).(*basis)
	if !ok || b.rest == nil {
		return errNotNew
	}
	sealed, err := r.vault.create(ctx, forSession, r.vault.sessionKey(token), content{front, b.rest}, expires, b.index...)
	if err == nil && sealed == nil {
		return errNotNew
	}
	return err
}

func (r records) DeleteCtx(ctx context.Context, token string) error {
	_, _, err := r.vault.delete(ctx, forSession, r.vault.sessionKey(token))
	return err
}

// The methods without a context are part of scs' interface, which prefers
// those above.

func (r records) Find(token string) ([]byte, bool, error) {
	return r.FindCtx(context.Background(), token)
}

func (r records) Commit(token string, plain []byte, expires time.Time) error {
	return r.CommitCtx(context.Background(), token, plain, expires)
}

func (r records) Delete(token string) error {
	return r.DeleteCtx(context.Background(), token)
}

func (v *vault) sessionKey(token string) store.Key { return v.keyOf(forSession, token) }

// The index keys of a session. Both name the provider: one provider can never
// end, or list, another provider's sessions.
func (v *vault) sidIndex(p purpose, provider, sid string) store.Key {
	return v.keyOf(p, "sid", provider, sid)
}

func (v *vault) subjectIndex(p purpose, provider, subject string) store.Key {
	return v.keyOf(p, "sub", provider, subject)
}

// withoutSIDIndex is for logouts of a subject's sessions that have no sid.
func (v *vault) withoutSIDIndex(p purpose, provider, subject string) store.Key {
	return v.keyOf(p, "sub without sid", provider, subject)
}

// indexOf returns the keys under which sessions of a sid and a subject are
// listed; either may be empty.
func (v *vault) indexOf(p purpose, provider, sid, subject string) []store.Key {
	var index []store.Key
	if sid != "" {
		index = append(index, v.sidIndex(p, provider, sid))
	}
	if subject != "" {
		index = append(index, v.subjectIndex(p, provider, subject))
	}
	return index
}
