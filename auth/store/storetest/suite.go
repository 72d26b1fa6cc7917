package storetest

import (
	"context"
	"crypto/rand"
	"latchkey/auth/store"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Engine opens an engine for the suite.
type Engine struct {
	// Pair opens two stores on one engine, as two replicas of the app do. All clauses
	// share them, so each uses keys of its own.
	Pair func(testing.TB) (one, other store.Store)
	// Hang opens a store whose engine stops responding when hang is called, and
	// responds again after resume. It is optional.
	Hang func(testing.TB) (s store.Store, hang, resume func())
}

// contract is the comment of store.Store, clause by clause. Each clause gets two
// stores on one engine, and checks that one sees what the other did.
var contract = []struct {
	clause string
	holds  func(t *testing.T, one, other store.Store)
}{
	{"what is created is found and listed", createdIsFoundAndListed},
	{"create does not change an existing record", createKeepsExistingRecord},
	{"a deleted key can be created again", createAfterDelete},
	{"an expired key can be created again", createAfterExpiry},
	{"a record created expired is not found", createExpiredRecord},
	{"a missing record is not found, updated or deleted", missingRecordIsNotFound},
	{"an empty record is a record", emptyRecordIsRecord},
	{"arguments are copied", argumentsAreCopied},
	{"results do not change", resultsDoNotChange},
	{"update replaces data and expiry", updateReplacesDataAndExpiry},
	{"update compares the data", updateComparesData},
	{"an extended record stays listed", updateKeepsListed},
	{"an update that expires a record removes it", updateToPastExpires},
	{"delete is final", deleteIsFinal},
	{"an expired record is gone", expiredRecordIsGone},
	{"list finds by each index key", listFindsByEachIndexKey},
	{"list returns the first bytes of long records", listReturnsHeads},
	{"scan visits each record once", scanVisitsEachRecordOnce},
	{"scan does not visit what is gone", scanSkipsWhatIsGone},
	{"scan lets visit call the store", scanLetsVisitCallTheStore},
	{"scan returns the error of visit", scanReturnsErrorOfVisit},
	{"one of fifty creates wins", oneOfFiftyCreatesWins},
	{"one of fifty creates after expiry wins", oneOfFiftyCreatesAfterExpiryWins},
	{"none of fifty updates is lost", noUpdateIsLost},
	{"one of fifty deletes returns the data", oneOfFiftyDeletesReturnsData},
	{"no update brings back a deleted record", noUpdateAfterDelete},
	{"a message reaches every subscriber", MessageReachesEverySubscriber},
	{"subscribe returns when its context is done", subscribeEndsWithContext},
	{"a done context is an error and changes nothing", doneContextChangesNothing},
	{"ping responds", pingResponds},
}

// Run tests that an engine keeps the contract in the comment of store.Store.
func Run(t *testing.T, e Engine) {
	one, other := e.Pair(t)
	for _, c := range contract {
		t.Run(c.clause, func(t *testing.T) {
			t.Parallel()
			c.holds(t, one, other)
		})
	}
	if e.Hang != nil {
		t.Run("methods return when the engine hangs", func(t *testing.T) {
			t.Parallel()
			methodsReturnWhenTheEngineHangs(t, e.Hang)
		})
	}
}

// Races runs the clauses in which fifty calls compete for one record.
func Races(t *testing.T, one, other store.Store) {
	for name, holds := range map[string]func(t *testing.T, one, other store.Store){
		"create": oneOfFiftyCreatesWins, "create again": oneOfFiftyCreatesAfterExpiryWins,
		"update": noUpdateIsLost, "delete": oneOfFiftyDeletesReturnsData,
	} {
		t.Run(name, func(t *testing.T) { holds(t, one, other) })
	}
}

// Opened returns a store that is closed at the end of the test:
// storetest.Opened(tb)(sqlite.Open(ctx, path)).
func Opened[S store.Store](tb testing.TB) func(s S, err error) S {
	tb.Helper()
	return func(s S, err error) S {
		tb.Helper()
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
}

// WantRefused checks the error of Open: one line that contains want, and not the
// password, which is "hunter2" in all tests.
func WantRefused(tb testing.TB, err error, want string) {
	tb.Helper()
	if err == nil {
		tb.Fatalf("Open: got a store, want an error that contains %q", want)
	}
	if got := err.Error(); !strings.Contains(got, want) {
		tb.Errorf("Open: got error %q, want one that contains %q", got, want)
	}
	if got := err.Error(); strings.Contains(got, "hunter2") || strings.Contains(got, "\n") {
		tb.Errorf("Open: got error %q, want one sentence without the password", got)
	}
}

// AnyKey returns a key that no other test uses.
func AnyKey() (key store.Key) {
	rand.Read(key[:])
	return key
}

// AnyRecord returns a record of random bytes that outlives any test.
func AnyRecord(index ...store.Key) store.Record {
	data := make([]byte, 2048)
	rand.Read(data)
	return store.Record{Key: AnyKey(), Data: data, Index: index, Expires: time.Now().Add(time.Hour)}
}

// WantCreated creates a record and checks whether it was created.
func WantCreated(tb testing.TB, s store.Store, r store.Record, want bool) {
	tb.Helper()
	got, err := s.Create(tb.Context(), r)
	if err != nil || got != want {
		tb.Fatalf("Create: got %t, %v, want %t", got, err, want)
	}
}

// WantFound checks the data of a record; nil means that there is none.
func WantFound(tb testing.TB, s store.Store, key store.Key, want []byte) {
	tb.Helper()
	got, err := s.Find(tb.Context(), key)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		tb.Fatalf("Find: got error %v, data (-want +got):\n%s", err, diff)
	}
}

// WantUpdated replaces the data old and checks whether that succeeded.
func WantUpdated(tb testing.TB, s store.Store, r store.Record, old []byte, want bool) {
	tb.Helper()
	got, err := s.Update(tb.Context(), r.Key, old, r.Data, r.Expires)
	if err != nil || got != want {
		tb.Fatalf("Update: got %t, %v, want %t", got, err, want)
	}
}

// WantDeleted deletes a record and checks the data it returns.
func WantDeleted(tb testing.TB, s store.Store, key store.Key, want []byte) {
	tb.Helper()
	got, err := s.Delete(tb.Context(), key)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		tb.Fatalf("Delete: got error %v, data (-want +got):\n%s", err, diff)
	}
}

// WantListed checks which records are listed under an index key.
func WantListed(tb testing.TB, s store.Store, index store.Key, want ...store.Record) {
	tb.Helper()
	got, err := s.List(tb.Context(), index)
	if err != nil {
		tb.Fatalf("List: got error %v, want %d records", err, len(want))
	}
	diff := cmp.Diff(want, got,
		cmpopts.EquateEmpty(),
		cmpopts.EquateApproxTime(time.Second),
		cmpopts.IgnoreFields(store.Record{}, "Index"),
		cmpopts.SortSlices(func(a, b store.Record) bool { return string(a.Key[:]) < string(b.Key[:]) }))
	if diff != "" {
		tb.Fatalf("List: (-want +got):\n%s", diff)
	}
}

// Eventually polls until holds returns true.
func Eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			tb.Fatalf("timed out, want that %s", what)
		}
	}
}
