package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"latchkey/auth/store"
	"testing"
	"time"
)

func createdIsFoundAndListed(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey(), AnyKey())
	WantCreated(t, one, r, true)
	for _, s := range []store.Store{one, other} {
		WantFound(t, s, r.Key, r.Data)
		WantListed(t, s, r.Index[0], r)
		WantListed(t, s, r.Index[1], r)
	}
}

func createKeepsExistingRecord(t *testing.T, one, other store.Store) {
	first, second := AnyRecord(AnyKey()), AnyRecord(AnyKey())
	second.Key = first.Key
	WantCreated(t, one, first, true)
	WantCreated(t, other, second, false)
	WantFound(t, one, first.Key, first.Data)
	WantListed(t, one, first.Index[0], first)
	WantListed(t, one, second.Index[0])
}

func createAfterDelete(t *testing.T, one, other store.Store) {
	first, second := AnyRecord(AnyKey(), AnyKey()), AnyRecord(AnyKey())
	second.Key, second.Index = first.Key, append(second.Index, first.Index[1])
	WantCreated(t, one, first, true)
	WantDeleted(t, other, first.Key, first.Data)
	WantCreated(t, one, second, true)
	WantFound(t, other, second.Key, second.Data)
	WantListed(t, other, first.Index[0])
	WantListed(t, other, first.Index[1], second)
	WantListed(t, other, second.Index[0], second)
}

func createAfterExpiry(t *testing.T, one, other store.Store) {
	first, second := AnyRecord(AnyKey(), AnyKey()), AnyRecord(AnyKey())
	second.Key, second.Index = first.Key, append(second.Index, first.Index[1])
	first.Expires = time.Now().Add(50 * time.Millisecond)
	WantCreated(t, one, first, true)
	Eventually(t, "an expired key can be created", func() bool {
		created, err := other.Create(t.Context(), second)
		return created && err == nil
	})
	WantFound(t, one, second.Key, second.Data)
	WantListed(t, one, first.Index[0])
	WantListed(t, one, first.Index[1], second)
	WantListed(t, one, second.Index[0], second)
}

func createExpiredRecord(t *testing.T, one, other store.Store) {
	late, timely := AnyRecord(AnyKey()), AnyRecord(AnyKey())
	timely.Key = late.Key
	late.Expires = time.Now().Add(-time.Minute)
	WantCreated(t, one, late, true)
	WantFound(t, other, late.Key, nil)
	WantListed(t, other, late.Index[0])
	WantCreated(t, other, timely, true)
}

func missingRecordIsNotFound(t *testing.T, one, _ store.Store) {
	r := AnyRecord(AnyKey())
	WantFound(t, one, r.Key, nil)
	WantListed(t, one, r.Index[0])
	WantUpdated(t, one, r, r.Data, false)
	WantUpdated(t, one, r, nil, false)
	WantDeleted(t, one, r.Key, nil)
}

func emptyRecordIsRecord(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	r.Data = nil
	WantCreated(t, one, r, true)
	r.Data = []byte{}
	WantFound(t, other, r.Key, []byte{})
	WantListed(t, other, r.Index[0], r)
	WantUpdated(t, other, r, nil, true)
	WantDeleted(t, other, r.Key, []byte{})
}

func argumentsAreCopied(t *testing.T, one, _ store.Store) {
	r := AnyRecord()
	want := bytes.Clone(r.Data)
	WantCreated(t, one, r, true)
	r.Data[0]++
	WantFound(t, one, r.Key, want)
	next := []byte("next")
	if updated, err := one.Update(t.Context(), r.Key, want, next, r.Expires); !updated || err != nil {
		t.Fatalf("Update: got %t, %v, want true", updated, err)
	}
	next[0]++
	WantFound(t, one, r.Key, []byte("next"))
}

// Data that Find has returned does not change with the record.
func resultsDoNotChange(t *testing.T, one, other store.Store) {
	r := AnyRecord()
	want := bytes.Clone(r.Data)
	WantCreated(t, one, r, true)
	found, _ := one.Find(t.Context(), r.Key)
	if updated, err := other.Update(t.Context(), r.Key, want, []byte("next"), r.Expires); !updated || err != nil {
		t.Fatalf("Update: got %t, %v, want true", updated, err)
	}
	WantDeleted(t, other, r.Key, []byte("next"))
	if !bytes.Equal(found, want) {
		t.Errorf("data found before the update: got %q, want %q", found, want)
	}
}

func updateReplacesDataAndExpiry(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	WantCreated(t, one, r, true)
	old := r.Data
	r.Data, r.Expires = []byte("new"), time.Now().Add(2*time.Hour)
	WantUpdated(t, other, r, old, true)
	WantFound(t, one, r.Key, r.Data)
	WantListed(t, one, r.Index[0], r)
}

func updateComparesData(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	WantCreated(t, one, r, true)
	changed := r
	changed.Data = []byte("new")
	WantUpdated(t, other, changed, []byte("other data"), false)
	WantUpdated(t, other, changed, nil, false)
	WantFound(t, one, r.Key, r.Data)
	WantListed(t, one, r.Index[0], r)
}

// A second record that is not updated shows when the first expiry has passed.
func updateKeepsListed(t *testing.T, one, other store.Store) {
	index := AnyKey()
	kept, unchanged := AnyRecord(index), AnyRecord(index)
	kept.Expires = time.Now().Add(500 * time.Millisecond)
	unchanged.Expires = kept.Expires
	WantCreated(t, one, kept, true)
	WantCreated(t, one, unchanged, true)
	old := kept.Data
	kept.Data, kept.Expires = []byte("new"), time.Now().Add(time.Hour)
	WantUpdated(t, other, kept, old, true)
	wantGone(t, one, unchanged.Key)
	WantFound(t, one, kept.Key, kept.Data)
	WantListed(t, one, index, kept)
}

func updateToPastExpires(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	WantCreated(t, one, r, true)
	r.Expires = time.Now().Add(-time.Minute)
	WantUpdated(t, one, r, r.Data, true)
	WantFound(t, other, r.Key, nil)
	WantListed(t, other, r.Index[0])
}

func deleteIsFinal(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey(), AnyKey())
	WantCreated(t, one, r, true)
	WantDeleted(t, other, r.Key, r.Data)
	WantUpdated(t, one, r, r.Data, false)
	for _, s := range []store.Store{one, other} {
		WantFound(t, s, r.Key, nil)
		WantListed(t, s, r.Index[0])
		WantListed(t, s, r.Index[1])
	}
	WantDeleted(t, one, r.Key, nil)
}

func expiredRecordIsGone(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	r.Expires = time.Now().Add(50 * time.Millisecond)
	WantCreated(t, one, r, true)
	wantGone(t, other, r.Key)
	WantListed(t, other, r.Index[0])
	r.Expires = time.Now().Add(time.Hour)
	WantUpdated(t, other, r, r.Data, false)
	WantFound(t, other, r.Key, nil)
	WantDeleted(t, other, r.Key, nil)
}

func listFindsByEachIndexKey(t *testing.T, one, other store.Store) {
	subject, browser := AnyKey(), AnyKey()
	here, there, elsewhere := AnyRecord(subject, browser), AnyRecord(subject), AnyRecord(AnyKey())
	for _, r := range []store.Record{here, there, elsewhere} {
		WantCreated(t, one, r, true)
	}
	WantListed(t, other, subject, here, there)
	WantListed(t, other, browser, here)
	WantListed(t, other, here.Key)
	WantDeleted(t, one, here.Key, here.Data)
	WantListed(t, other, subject, there)
}

func doneContextChangesNothing(t *testing.T, one, other store.Store) {
	r, fresh := AnyRecord(AnyKey()), AnyRecord()
	WantCreated(t, one, r, true)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range calls(one, r, fresh) {
		if err := c.do(done); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v, want %v", c.name, err, context.Canceled)
		}
	}
	WantFound(t, other, r.Key, r.Data)
	WantFound(t, other, fresh.Key, nil)
}

func pingResponds(t *testing.T, one, other store.Store) {
	for _, s := range []store.Store{one, other} {
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping: got error %v, want none", err)
		}
	}
}

// wantGone waits until a record has expired.
func wantGone(tb testing.TB, s store.Store, key store.Key) {
	tb.Helper()
	Eventually(tb, "the record expires", func() bool {
		data, err := s.Find(tb.Context(), key)
		return data == nil && err == nil
	})
}

func listReturnsHeads(t *testing.T, one, other store.Store) {
	r := AnyRecord(AnyKey())
	r.Data = make([]byte, 50*store.HeadSize+1)
	rand.Read(r.Data)
	WantCreated(t, one, r, true)
	head := r
	head.Data = r.Data[:store.HeadSize]
	WantListed(t, other, r.Index[0], head)
	WantFound(t, other, r.Key, r.Data)
}
