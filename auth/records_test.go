package auth

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"latchkey/auth/store"
)

func newRecords(s store.Store) (records, *clock) {
	clock := newClock()
	return records{&vault{store: s, sealer: newSealer(clock, testSecret)}}, clock
}

func TestCommitCreatesOnlyWhatSignInAnnounced(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s store.Store) {
		r, clock := newRecords(s)
		end := clock.time().Add(time.Hour)
		announced := withBasis(t.Context(), &basis{index: indexOf(forSession, "asgardeo", "sid", "sub")})
		if err := r.CommitCtx(t.Context(), "token", []byte("one"), end); !errors.Is(err, errOvertaken) {
			t.Errorf("a commit without a basis: got error %v, want %v", err, errOvertaken)
		}
		if err := r.CommitCtx(withBasis(t.Context(), new(basis)), "token", []byte("one"), end); !errors.Is(err, errOvertaken) {
			t.Errorf("a commit of what does not exist: got error %v, want %v", err, errOvertaken)
		}
		if err := r.CommitCtx(announced, "token", []byte("one"), end); err != nil {
			t.Errorf("an announced session: got error %v, want none", err)
		}
		if err := r.CommitCtx(announced, "token", []byte("two"), end); !errors.Is(err, errOvertaken) {
			t.Errorf("the same token again: got error %v, want %v", err, errOvertaken)
		}
		if got, found, err := r.Find("token"); string(got) != "one" || !found || err != nil {
			t.Errorf("got %q, %t and error %v; want the first", got, found, err)
		}
	})
}

func TestCommitOfWhatHasChangedOrEnded(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*testing.T, records, time.Time){
		"changed": func(t *testing.T, r records, end time.Time) {
			b := new(basis)
			r.FindCtx(withBasis(t.Context(), b), "token")
			if err := r.CommitCtx(withBasis(t.Context(), b), "token", []byte("theirs"), end); err != nil {
				t.Fatal(err)
			}
		},
		"ended": func(t *testing.T, r records, _ time.Time) {
			if err := r.Delete("token"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s store.Store) {
				r, clock := newRecords(s)
				end := clock.time().Add(time.Hour)
				if err := r.CommitCtx(withBasis(t.Context(), &basis{index: []store.Key{}}), "token", []byte("first"), end); err != nil {
					t.Fatal(err)
				}
				mine := withBasis(t.Context(), new(basis))
				r.FindCtx(mine, "token")
				meanwhile(t, r, end)
				before, _, _ := r.Find("token")
				if err := r.CommitCtx(mine, "token", []byte("mine"), end); !errors.Is(err, errOvertaken) {
					t.Errorf("got error %v, want %v", err, errOvertaken)
				}
				after, _, _ := r.Find("token")
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("the overtaken commit wrote: want -, got +\n%s", diff)
				}
			})
		})
	}
}

// Without a context scs commits on no basis: never a session from nowhere.
func TestCommitWithoutContext(t *testing.T) {
	t.Parallel()
	r, clock := newRecords(openStore(t, "memory:"))
	if err := r.Commit("token", []byte("one"), clock.time().Add(time.Hour)); !errors.Is(err, errOvertaken) {
		t.Errorf("got error %v, want %v", err, errOvertaken)
	}
}

// Each index key names the provider and the kind of what it finds, so that one
// provider's sid is neither another's sid nor anybody's sub.
func TestIndexKeysKeepProvidersApart(t *testing.T) {
	t.Parallel()
	keys := map[store.Key]string{}
	for name, key := range map[string]store.Key{
		"sid of one":          sidIndex(forSession, "one", "x"),
		"sid of two":          sidIndex(forSession, "two", "x"),
		"sub of one":          subjectIndex(forSession, "one", "x"),
		"sub of two":          subjectIndex(forSession, "two", "x"),
		"logout sid of one":   sidIndex(forLogout, "one", "x"),
		"logout sub of one":   subjectIndex(forLogout, "one", "x"),
		"a session's own key": sessionKey("x"),
		"a claim":             claimKey(forSession, []string{"x"}),
	} {
		if other, taken := keys[key]; taken {
			t.Errorf("%s and %s have one key", name, other)
		}
		keys[key] = name
	}
}

func TestIndexOf(t *testing.T) {
	t.Parallel()
	sid, sub := sidIndex(forSession, "p", "sid"), subjectIndex(forSession, "p", "sub")
	for _, c := range []struct {
		sid, sub string
		want     []store.Key
	}{
		{"sid", "sub", []store.Key{sid, sub}},
		{"sid", "", []store.Key{sid}},
		{"", "sub", []store.Key{sub}},
		{"", "", nil},
	} {
		if diff := cmp.Diff(c.want, indexOf(forSession, "p", c.sid, c.sub)); diff != "" {
			t.Errorf("sid %q, sub %q: want -, got +\n%s", c.sid, c.sub, diff)
		}
	}
}
