package auth

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/store"
)

func newSCSStore(s store.Store) (scsStore, *clock) {
	clock := newClock()
	return scsStore{newTestVault(s, clock)}, clock
}

func TestCommitCreatesOnlyAnnouncedSessions(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		r, clock := newSCSStore(s)
		end := clock.time().Add(time.Hour)
		announced := withSCSExtra(t.Context(), &scsExtra{index: r.store.indexOf(forSession, "asgardeo", "sid", "sub"), rest: []byte("rest")})
		if err := r.CommitCtx(t.Context(), "token", []byte("one"), end); !errors.Is(err, errNotNew) {
			t.Errorf("a commit without a basis: got error %v, want %v", err, errNotNew)
		}
		if err := r.CommitCtx(withSCSExtra(t.Context(), new(scsExtra)), "token", []byte("one"), end); !errors.Is(err, errNotNew) {
			t.Errorf("a commit of what does not exist: got error %v, want %v", err, errNotNew)
		}
		if err := r.CommitCtx(announced, "token", []byte("one"), end); err != nil {
			t.Errorf("an announced session: got error %v, want none", err)
		}
		if err := r.CommitCtx(announced, "token", []byte("two"), end); !errors.Is(err, errNotNew) {
			t.Errorf("the same token again: got error %v, want %v", err, errNotNew)
		}
		found := new(scsExtra)
		if got, ok, err := r.FindCtx(withSCSExtra(t.Context(), found), "token"); string(got) != "one" || !ok || err != nil {
			t.Errorf("got %q, %t and error %v; want the first", got, ok, err)
		}
		if err := r.CommitCtx(withSCSExtra(t.Context(), found), "token", []byte("two"), end); !errors.Is(err, errNotNew) {
			t.Errorf("a commit of what was found: got error %v, want %v", err, errNotNew)
		}
	})
}

// Without a context scs commits on no basis: never a session from nowhere.
func TestCommitWithoutContext(t *testing.T) {
	t.Parallel()
	r, clock := newSCSStore(openStore(t, "memory:"))
	if err := r.Commit("token", []byte("one"), clock.time().Add(time.Hour)); !errors.Is(err, errNotNew) {
		t.Errorf("got error %v, want %v", err, errNotNew)
	}
}

// Each index key names the provider and the kind of what it finds, so that one
// provider's sid is neither another's sid nor anybody's sub.
func TestIndexKeysDependOnProvider(t *testing.T) {
	t.Parallel()
	v := newTestVault(nil, newClock())
	keys := map[store.Key]string{}
	for name, key := range map[string]store.Key{
		"sid of one":          v.sidIndex(forSession, "one", "x"),
		"sid of two":          v.sidIndex(forSession, "two", "x"),
		"sub of one":          v.subjectIndex(forSession, "one", "x"),
		"sub of two":          v.subjectIndex(forSession, "two", "x"),
		"logout sid of one":   v.sidIndex(forLogout, "one", "x"),
		"logout sub of one":   v.subjectIndex(forLogout, "one", "x"),
		"a session's own key": v.sessionKey("x"),
		"a claim":             v.usedKey(forSession, []string{"x"}),
	} {
		if other, taken := keys[key]; taken {
			t.Errorf("%s and %s have one key", name, other)
		}
		keys[key] = name
	}
}

func TestIndexOf(t *testing.T) {
	t.Parallel()
	v := newTestVault(nil, newClock())
	sid, sub := v.sidIndex(forSession, "p", "sid"), v.subjectIndex(forSession, "p", "sub")
	for _, c := range []struct {
		sid, sub string
		want     []store.Key
	}{
		{"sid", "sub", []store.Key{sid, sub}},
		{"sid", "", []store.Key{sid}},
		{"", "sub", []store.Key{sub}},
		{"", "", nil},
	} {
		if diff := cmp.Diff(c.want, v.indexOf(forSession, "p", c.sid, c.sub)); diff != "" {
			t.Errorf("sid %q, sub %q: want -, got +\n%s", c.sid, c.sub, diff)
		}
	}
}
