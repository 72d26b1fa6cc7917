package auth

import (
	"context"
	"errors"
	"time"

	"latchkey/auth/store"
)

// records is scs' view of the vault: session tokens in, encoded records out.
// scs brings the token, the values of a request and when to commit; this
// brings what its own stores lack: a commit never brings back a session that
// has ended, and of two commits at once neither loses the other's words.
type records struct{ vault *vault }

// errOvertaken is a commit whose session has ended or changed since it was read.
var errOvertaken = errors.New("the session has ended or changed meanwhile")

// basis says what a commit builds on. It travels in the context, since scs'
// interface has no place for it.
type basis struct {
	index  []store.Key // a new session's index keys; nil: an existing session
	sealed []byte      // the record as it was found
}

type basisKey struct{}

// withBasis returns a context in which scs finds and commits on b.
func withBasis(ctx context.Context, b *basis) context.Context {
	return context.WithValue(ctx, basisKey{}, b)
}

func (r records) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	plain, sealed, err := r.vault.find(ctx, forSession, sessionKey(token))
	if b, ok := ctx.Value(basisKey{}).(*basis); ok {
		b.sealed = sealed
	}
	return plain, plain != nil, err
}

// CommitCtx creates a session that sign-in has announced with its index keys,
// and otherwise only updates what exists.
func (r records) CommitCtx(ctx context.Context, token string, plain []byte, expires time.Time) error {
	b, ok := ctx.Value(basisKey{}).(*basis)
	if !ok {
		return errOvertaken
	}
	key := sessionKey(token)
	if b.index != nil {
		sealed, err := r.vault.create(ctx, forSession, key, plain, expires, b.index...)
		return overtaken(sealed != nil, err)
	}
	sealed, err := r.vault.update(ctx, forSession, key, b.sealed, plain, expires)
	if sealed != nil {
		b.sealed = sealed // the next commit builds on this one
	}
	return overtaken(sealed != nil, err)
}

func overtaken(done bool, err error) error {
	if err == nil && !done {
		return errOvertaken
	}
	return err
}

func (r records) DeleteCtx(ctx context.Context, token string) error {
	_, _, err := r.vault.delete(ctx, forSession, sessionKey(token))
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

func sessionKey(token string) store.Key { return keyOf(forSession, token) }

// The index keys of a session. Both name the provider: one provider can never
// end, or list, another provider's sessions.
func sidIndex(p purpose, provider, sid string) store.Key {
	return keyOf(p, "sid", provider, sid)
}

func subjectIndex(p purpose, provider, subject string) store.Key {
	return keyOf(p, "sub", provider, subject)
}

// indexOf returns the keys under which sessions of a sid and a subject are
// listed; either may be empty.
func indexOf(p purpose, provider, sid, subject string) []store.Key {
	var index []store.Key
	if sid != "" {
		index = append(index, sidIndex(p, provider, sid))
	}
	if subject != "" {
		index = append(index, subjectIndex(p, provider, subject))
	}
	return index
}
