package store

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// engine is one kind of store under test.
type engine struct {
	name string
	// pair opens two stores on one engine, as two replicas of the app do.
	pair func(testing.TB) (one, other Store)
	// hang opens a store whose engine stops answering, and starts again, at
	// the test's word; nil where nothing can hang.
	hang func(testing.TB) (s Store, hang, resume func())
}

var engines = []engine{
	{"memory", memoryPair, nil},
	{"sqlite", sqlitePair, sqliteHang},
	{"redis", redisPair, redisHang},
	{"redis cluster", redisClusterPair, nil},
	{"postgres", postgresPair, postgresHang},
	{"postgres behind a pooler", poolerPair, nil},
}

// contract is the comment on Store, clause by clause. Each gets two stores on
// one engine, and has the one see what the other did.
var contract = []struct {
	clause string
	holds  func(t *testing.T, one, other Store)
}{
	{"what is created is found and listed", createdIsFoundAndListed},
	{"create leaves alone what exists", createLeavesAloneWhatExists},
	{"create makes anew what was deleted", createMakesAnewWhatWasDeleted},
	{"create makes anew what has expired", createMakesAnewWhatHasExpired},
	{"create past its end makes nothing", createPastItsEndMakesNothing},
	{"nothing is found where nothing is", nothingIsFoundWhereNothingIs},
	{"an empty record is a record", anEmptyRecordIsARecord},
	{"what is given stays the caller's", whatIsGivenStaysTheCallers},
	{"what was found stays", whatWasFoundStays},
	{"update replaces data and expiry", updateReplacesDataAndExpiry},
	{"update needs the data as it is", updateNeedsTheDataAsItIs},
	{"update keeps a record listed past its first end", updateKeepsListed},
	{"update into the past ends a record", updateIntoThePastEnds},
	{"delete is final", deleteIsFinal},
	{"expired is gone everywhere", expiredIsGoneEverywhere},
	{"list finds by each index key", listFindsByEachIndexKey},
	{"list returns the heads of long records", listReturnsHeads},
	{"one of fifty creators wins", oneOfFiftyCreatorsWins},
	{"one of fifty re-creators wins", oneOfFiftyRecreatorsWins},
	{"none of fifty updates is lost", noneOfFiftyUpdatesIsLost},
	{"one of fifty deleters gets the data", oneOfFiftyDeletersGetsTheData},
	{"no update under way survives a delete", noUpdateSurvivesADelete},
	{"a message reaches every subscriber", aMessageReachesEverySubscriber},
	{"subscribe ends with its context", subscribeEndsWithItsContext},
	{"a done context is an error and changes nothing", aDoneContextChangesNothing},
	{"ping answers", pingAnswers},
}

func TestContract(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range contract {
				t.Run(c.clause, func(t *testing.T) {
					t.Parallel()
					one, other := e.pair(t)
					c.holds(t, one, other)
				})
			}
		})
	}
}

func memoryPair(tb testing.TB) (one, other Store) {
	s := opened(tb, "memory:")
	return s, s
}

// opened opens a store for the length of a test.
func opened(tb testing.TB, url string) Store {
	tb.Helper()
	s, err := Open(tb.Context(), url)
	if err != nil {
		tb.Fatalf("Open: got error %v, want a store", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("Close: got error %v, want none", err)
		}
	})
	return s
}

// anyKey is a key that no other test has.
func anyKey() (key Key) {
	rand.Read(key[:])
	return key
}

// anyRecord lives long enough for any test, and holds bytes of every kind.
func anyRecord(index ...Key) Record {
	data := make([]byte, 2048)
	rand.Read(data)
	return Record{Key: anyKey(), Data: data, Index: index, Expires: time.Now().Add(time.Hour)}
}

func wantCreated(tb testing.TB, s Store, r Record, want bool) {
	tb.Helper()
	got, err := s.Create(tb.Context(), r)
	if err != nil || got != want {
		tb.Fatalf("Create: got %t, %v, want %t", got, err, want)
	}
}

func wantFound(tb testing.TB, s Store, key Key, want []byte) {
	tb.Helper()
	got, err := s.Find(tb.Context(), key)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		tb.Fatalf("Find: got error %v, data (-want +got):\n%s", err, diff)
	}
}

func wantUpdated(tb testing.TB, s Store, r Record, old []byte, want bool) {
	tb.Helper()
	got, err := s.Update(tb.Context(), r.Key, old, r.Data, r.Expires)
	if err != nil || got != want {
		tb.Fatalf("Update: got %t, %v, want %t", got, err, want)
	}
}

func wantDeleted(tb testing.TB, s Store, key Key, want []byte) {
	tb.Helper()
	got, err := s.Delete(tb.Context(), key)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		tb.Fatalf("Delete: got error %v, data (-want +got):\n%s", err, diff)
	}
}

func wantListed(tb testing.TB, s Store, index Key, want ...Record) {
	tb.Helper()
	got, err := s.List(tb.Context(), index)
	if err != nil {
		tb.Fatalf("List: got error %v, want %d records", err, len(want))
	}
	diff := cmp.Diff(want, got,
		cmpopts.EquateEmpty(),
		cmpopts.EquateApproxTime(time.Second),
		cmpopts.IgnoreFields(Record{}, "Index"),
		cmpopts.SortSlices(func(a, b Record) bool { return string(a.Key[:]) < string(b.Key[:]) }))
	if diff != "" {
		tb.Fatalf("List: (-want +got):\n%s", diff)
	}
}

// eventually polls until holds does.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			tb.Fatalf("got no end of waiting, want that %s", what)
		}
	}
}
