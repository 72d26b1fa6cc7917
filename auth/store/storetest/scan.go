package storetest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"latchkey/auth/store"
	"sync"
	"testing"
	"time"
)

// scanned is a number of records that no engine reads at once.
const scanned = 250

func scanVisitsEachRecordOnce(t *testing.T, one, other store.Store) {
	want := createMany(t, one)
	long := AnyRecord(AnyKey())
	long.Data = make([]byte, 2*store.HeadSize)
	rand.Read(long.Data)
	WantCreated(t, one, long, true)
	long.Data = long.Data[:store.HeadSize]
	want[long.Key] = long
	visits := map[store.Key]int{}
	wantScanned(t, other, func(r store.Record) error {
		created, ours := want[r.Key]
		if !ours {
			return nil
		}
		visits[r.Key]++
		if !bytes.Equal(r.Data, created.Data) || r.Expires.Sub(created.Expires).Abs() > time.Second || r.Index != nil {
			t.Errorf("Scan: got %d bytes, expiry %v and index %v, want %d bytes, %v and no index",
				len(r.Data), r.Expires, r.Index, len(created.Data), created.Expires)
		}
		return nil
	})
	for key := range want {
		if visits[key] != 1 {
			t.Errorf("Scan: got %d visits of a record, want 1", visits[key])
		}
	}
}

// wantScanned scans an engine. Other tests may have put malformed data there.
func wantScanned(t *testing.T, s store.Store, visit func(store.Record) error) {
	t.Helper()
	if err := s.Scan(t.Context(), visit); err != nil && !errors.Is(err, store.ErrMalformed) {
		t.Fatalf("Scan: got error %v, want none", err)
	}
}

// createMany creates small records.
func createMany(t *testing.T, s store.Store) map[store.Key]store.Record {
	t.Helper()
	all, mu, running := map[store.Key]store.Record{}, sync.Mutex{}, sync.WaitGroup{}
	for range 10 {
		running.Go(func() {
			for range scanned / 10 {
				r := AnyRecord(AnyKey())
				r.Data = r.Data[:64]
				if created, err := s.Create(t.Context(), r); err != nil || !created {
					t.Errorf("Create: got %t, %v, want true", created, err)
				}
				mu.Lock()
				all[r.Key] = r
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return all
}

func scanSkipsWhatIsGone(t *testing.T, one, other store.Store) {
	expired, deleted := AnyRecord(AnyKey()), AnyRecord(AnyKey())
	expired.Expires = time.Now().Add(50 * time.Millisecond)
	WantCreated(t, one, expired, true)
	WantCreated(t, one, deleted, true)
	WantDeleted(t, one, deleted.Key, deleted.Data)
	wantGone(t, other, expired.Key)
	wantScanned(t, other, func(r store.Record) error {
		if r.Key == expired.Key || r.Key == deleted.Key {
			t.Errorf("Scan: got a visit of a record that has expired or was deleted")
		}
		return nil
	})
}

func scanLetsVisitCallTheStore(t *testing.T, one, other store.Store) {
	all := createMany(t, one)
	wantScanned(t, one, func(r store.Record) error {
		if _, ours := all[r.Key]; !ours {
			return nil
		}
		_, err := one.Delete(t.Context(), r.Key)
		return err
	})
	for key := range all {
		WantFound(t, other, key, nil)
	}
}

func scanReturnsErrorOfVisit(t *testing.T, one, _ store.Store) {
	WantCreated(t, one, AnyRecord(AnyKey()), true)
	WantCreated(t, one, AnyRecord(AnyKey()), true)
	want, visits := errors.New("enough"), 0
	got := one.Scan(t.Context(), func(store.Record) error {
		visits++
		return want
	})
	if !errors.Is(got, want) || visits != 1 {
		t.Errorf("Scan: got error %v after %d visits, want %v after one", got, visits, want)
	}
}
