package storetest

import (
	"bytes"
	"latchkey/auth/store"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fifty makes fifty concurrent calls of run, half of them with each store.
func fifty(one, other store.Store, run func(i int, s store.Store)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range 50 {
		s := one
		if i%2 == 1 {
			s = other
		}
		all.Go(func() {
			<-start
			run(i, s)
		})
	}
	close(start)
	all.Wait()
}

func oneOfFiftyCreatesWins(t *testing.T, one, other store.Store) {
	key, index := AnyKey(), AnyKey()
	candidates := make([]store.Record, 50)
	var winners atomic.Int32
	var winner atomic.Int64
	fifty(one, other, func(i int, s store.Store) {
		candidates[i] = AnyRecord(index, AnyKey())
		candidates[i].Key = key
		created, err := s.Create(t.Context(), candidates[i])
		if err != nil {
			t.Errorf("Create: got error %v, want none", err)
		}
		if created {
			winners.Add(1)
			winner.Store(int64(i))
		}
	})
	if got := winners.Load(); got != 1 {
		t.Fatalf("winners: got %d, want 1", got)
	}
	won := candidates[winner.Load()]
	WantFound(t, one, key, won.Data)
	WantListed(t, one, index, won)
	for i, lost := range candidates {
		if int64(i) != winner.Load() {
			WantListed(t, other, lost.Index[1])
		}
	}
}

func oneOfFiftyCreatesAfterExpiryWins(t *testing.T, one, other store.Store) {
	expired := AnyRecord()
	expired.Expires = time.Now().Add(50 * time.Millisecond)
	WantCreated(t, one, expired, true)
	wantGone(t, one, expired.Key)
	var winners atomic.Int32
	fifty(one, other, func(_ int, s store.Store) {
		r := AnyRecord()
		r.Key = expired.Key
		if created, err := s.Create(t.Context(), r); err != nil {
			t.Errorf("Create: got error %v, want none", err)
		} else if created {
			winners.Add(1)
		}
	})
	if got := winners.Load(); got != 1 {
		t.Errorf("winners: got %d, want 1", got)
	}
}

func noUpdateIsLost(t *testing.T, one, other store.Store) {
	r := AnyRecord()
	r.Data = []byte("0")
	WantCreated(t, one, r, true)
	fifty(one, other, func(_ int, s store.Store) {
		for !incremented(t, s, r) {
		}
	})
	WantFound(t, one, r.Key, []byte("50"))
}

// incremented adds one to the number in a record. It reports false if another writer
// was faster.
func incremented(t *testing.T, s store.Store, r store.Record) bool {
	old, err := s.Find(t.Context(), r.Key)
	if err != nil {
		t.Errorf("Find: got error %v, want none", err)
		return true
	}
	number, _ := strconv.Atoi(string(old))
	updated, err := s.Update(t.Context(), r.Key, old, []byte(strconv.Itoa(number+1)), r.Expires)
	if err != nil {
		t.Errorf("Update: got error %v, want none", err)
		return true
	}
	return updated
}

func oneOfFiftyDeletesReturnsData(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	WantCreated(t, one, r, true)
	var winners atomic.Int32
	fifty(one, other, func(_ int, s store.Store) {
		data, err := s.Delete(t.Context(), r.Key)
		if err != nil {
			t.Errorf("Delete: got error %v, want none", err)
		}
		if data != nil {
			winners.Add(1)
		}
		if data != nil && !bytes.Equal(data, r.Data) {
			t.Errorf("Delete: got %d bytes, want the record's %d", len(data), len(r.Data))
		}
	})
	if got := winners.Load(); got != 1 {
		t.Errorf("calls that got the data: got %d, want 1", got)
	}
}

// The first call deletes the record, while the others update it until an update
// started after the deletion.
func noUpdateAfterDelete(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	r.Data = []byte("0")
	WantCreated(t, one, r, true)
	var deleted atomic.Bool
	fifty(one, other, func(i int, s store.Store) {
		if i == 0 {
			if _, err := s.Delete(t.Context(), r.Key); err != nil {
				t.Errorf("Delete: got error %v, want none", err)
			}
			deleted.Store(true)
			return
		}
		for over := false; !over; {
			over = deleted.Load() // read before the update, because the deletion may come in between
			if updated := incremented(t, s, r); updated && over {
				t.Error("Update after Delete: got true, want false")
			}
		}
	})
	WantFound(t, one, r.Key, nil)
	WantListed(t, other, r.Index[0])
}
