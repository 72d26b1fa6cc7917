package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"
)

func createdIsFoundAndListed(t *testing.T, one, other Store) {
	r := anyRecord(anyKey(), anyKey())
	wantCreated(t, one, r, true)
	for _, s := range []Store{one, other} {
		wantFound(t, s, r.Key, r.Data)
		wantListed(t, s, r.Index[0], r)
		wantListed(t, s, r.Index[1], r)
	}
}

func createLeavesAloneWhatExists(t *testing.T, one, other Store) {
	first, second := anyRecord(anyKey()), anyRecord(anyKey())
	second.Key = first.Key
	wantCreated(t, one, first, true)
	wantCreated(t, other, second, false)
	wantFound(t, one, first.Key, first.Data)
	wantListed(t, one, first.Index[0], first)
	wantListed(t, one, second.Index[0])
}

func createMakesAnewWhatWasDeleted(t *testing.T, one, other Store) {
	first, second := anyRecord(anyKey(), anyKey()), anyRecord(anyKey())
	second.Key, second.Index = first.Key, append(second.Index, first.Index[1])
	wantCreated(t, one, first, true)
	wantDeleted(t, other, first.Key, first.Data)
	wantCreated(t, one, second, true)
	wantFound(t, other, second.Key, second.Data)
	wantListed(t, other, first.Index[0])
	wantListed(t, other, first.Index[1], second)
	wantListed(t, other, second.Index[0], second)
}

func createMakesAnewWhatHasExpired(t *testing.T, one, other Store) {
	first, second := anyRecord(anyKey(), anyKey()), anyRecord(anyKey())
	second.Key, second.Index = first.Key, append(second.Index, first.Index[1])
	first.Expires = time.Now().Add(50 * time.Millisecond)
	wantCreated(t, one, first, true)
	eventually(t, "an expired key can be created", func() bool {
		created, err := other.Create(t.Context(), second)
		return created && err == nil
	})
	wantFound(t, one, second.Key, second.Data)
	wantListed(t, one, first.Index[0])
	wantListed(t, one, first.Index[1], second)
	wantListed(t, one, second.Index[0], second)
}

func createPastItsEndMakesNothing(t *testing.T, one, other Store) {
	late, timely := anyRecord(anyKey()), anyRecord(anyKey())
	timely.Key = late.Key
	late.Expires = time.Now().Add(-time.Minute)
	wantCreated(t, one, late, true)
	wantFound(t, other, late.Key, nil)
	wantListed(t, other, late.Index[0])
	wantCreated(t, other, timely, true)
}

func nothingIsFoundWhereNothingIs(t *testing.T, one, _ Store) {
	r := anyRecord(anyKey())
	wantFound(t, one, r.Key, nil)
	wantListed(t, one, r.Index[0])
	wantUpdated(t, one, r, r.Data, false)
	wantUpdated(t, one, r, nil, false)
	wantDeleted(t, one, r.Key, nil)
}

func anEmptyRecordIsARecord(t *testing.T, one, other Store) {
	r := anyRecord(anyKey())
	r.Data = nil
	wantCreated(t, one, r, true)
	r.Data = []byte{}
	wantFound(t, other, r.Key, []byte{})
	wantListed(t, other, r.Index[0], r)
	wantUpdated(t, other, r, nil, true)
	wantDeleted(t, other, r.Key, []byte{})
}

func whatIsGivenStaysTheCallers(t *testing.T, one, _ Store) {
	r := anyRecord()
	want := bytes.Clone(r.Data)
	wantCreated(t, one, r, true)
	r.Data[0]++
	wantFound(t, one, r.Key, want)
	next := []byte("next")
	if updated, err := one.Update(t.Context(), r.Key, want, next, r.Expires); !updated || err != nil {
		t.Fatalf("Update: got %t and error %v, want it done", updated, err)
	}
	next[0]++
	wantFound(t, one, r.Key, []byte("next"))
}

// What was found stays as it was found, whatever becomes of the record.
func whatWasFoundStays(t *testing.T, one, other Store) {
	r := anyRecord()
	want := bytes.Clone(r.Data)
	wantCreated(t, one, r, true)
	found, _ := one.Find(t.Context(), r.Key)
	if updated, err := other.Update(t.Context(), r.Key, want, []byte("next"), r.Expires); !updated || err != nil {
		t.Fatalf("Update: got %t and error %v, want it done", updated, err)
	}
	wantDeleted(t, other, r.Key, []byte("next"))
	if !bytes.Equal(found, want) {
		t.Errorf("got %q found before, want %q still", found, want)
	}
}

func updateReplacesDataAndExpiry(t *testing.T, one, other Store) {
	r := anyRecord(anyKey())
	wantCreated(t, one, r, true)
	old := r.Data
	r.Data, r.Expires = []byte("new"), time.Now().Add(2*time.Hour)
	wantUpdated(t, other, r, old, true)
	wantFound(t, one, r.Key, r.Data)
	wantListed(t, one, r.Index[0], r)
}

func updateNeedsTheDataAsItIs(t *testing.T, one, other Store) {
	r := anyRecord(anyKey())
	wantCreated(t, one, r, true)
	changed := r
	changed.Data = []byte("new")
	wantUpdated(t, other, changed, []byte("not what it holds"), false)
	wantUpdated(t, other, changed, nil, false)
	wantFound(t, one, r.Key, r.Data)
	wantListed(t, one, r.Index[0], r)
}

// A witness that is not updated tells when the first end has passed.
func updateKeepsListed(t *testing.T, one, other Store) {
	index := anyKey()
	kept, witness := anyRecord(index), anyRecord(index)
	kept.Expires = time.Now().Add(500 * time.Millisecond)
	witness.Expires = kept.Expires
	wantCreated(t, one, kept, true)
	wantCreated(t, one, witness, true)
	old := kept.Data
	kept.Data, kept.Expires = []byte("new"), time.Now().Add(time.Hour)
	wantUpdated(t, other, kept, old, true)
	wantGone(t, one, witness.Key)
	wantFound(t, one, kept.Key, kept.Data)
	wantListed(t, one, index, kept)
}

func updateIntoThePastEnds(t *testing.T, one, other Store) {
	r := anyRecord(anyKey())
	wantCreated(t, one, r, true)
	r.Expires = time.Now().Add(-time.Minute)
	wantUpdated(t, one, r, r.Data, true)
	wantFound(t, other, r.Key, nil)
	wantListed(t, other, r.Index[0])
}

func deleteIsFinal(t *testing.T, one, other Store) {
	r := anyRecord(anyKey(), anyKey())
	wantCreated(t, one, r, true)
	wantDeleted(t, other, r.Key, r.Data)
	wantUpdated(t, one, r, r.Data, false)
	for _, s := range []Store{one, other} {
		wantFound(t, s, r.Key, nil)
		wantListed(t, s, r.Index[0])
		wantListed(t, s, r.Index[1])
	}
	wantDeleted(t, one, r.Key, nil)
}

func expiredIsGoneEverywhere(t *testing.T, one, other Store) {
	r := anyRecord(anyKey())
	r.Expires = time.Now().Add(50 * time.Millisecond)
	wantCreated(t, one, r, true)
	wantGone(t, other, r.Key)
	wantListed(t, other, r.Index[0])
	r.Expires = time.Now().Add(time.Hour)
	wantUpdated(t, other, r, r.Data, false)
	wantFound(t, other, r.Key, nil)
	wantDeleted(t, other, r.Key, nil)
}

func listFindsByEachIndexKey(t *testing.T, one, other Store) {
	subject, browser := anyKey(), anyKey()
	here, there, elsewhere := anyRecord(subject, browser), anyRecord(subject), anyRecord(anyKey())
	for _, r := range []Record{here, there, elsewhere} {
		wantCreated(t, one, r, true)
	}
	wantListed(t, other, subject, here, there)
	wantListed(t, other, browser, here)
	wantListed(t, other, here.Key)
	wantDeleted(t, one, here.Key, here.Data)
	wantListed(t, other, subject, there)
}

func aDoneContextChangesNothing(t *testing.T, one, other Store) {
	r, fresh := anyRecord(anyKey()), anyRecord()
	wantCreated(t, one, r, true)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range calls(one, r, fresh) {
		if err := c.do(done); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v, want %v", c.name, err, context.Canceled)
		}
	}
	wantFound(t, other, r.Key, r.Data)
	wantFound(t, other, fresh.Key, nil)
}

func pingAnswers(t *testing.T, one, other Store) {
	for _, s := range []Store{one, other} {
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping: got error %v, want none", err)
		}
	}
}

// call is one of the methods that answer.
type call struct {
	name string
	do   func(context.Context) error
}

func calls(s Store, r, fresh Record) []call {
	return []call{
		{"Create", func(ctx context.Context) error { _, err := s.Create(ctx, fresh); return err }},
		{"Find", func(ctx context.Context) error { _, err := s.Find(ctx, r.Key); return err }},
		{"Update", func(ctx context.Context) error {
			_, err := s.Update(ctx, r.Key, r.Data, []byte("new"), r.Expires)
			return err
		}},
		{"Delete", func(ctx context.Context) error { _, err := s.Delete(ctx, r.Key); return err }},
		{"List", func(ctx context.Context) error { _, err := s.List(ctx, r.Index[0]); return err }},
		{"Publish", func(ctx context.Context) error { return s.Publish(ctx, "unheard") }},
		{"Ping", s.Ping},
	}
}

// wantGone waits for a record's end.
func wantGone(tb testing.TB, s Store, key Key) {
	tb.Helper()
	eventually(tb, "the record expires", func() bool {
		data, err := s.Find(tb.Context(), key)
		return data == nil && err == nil
	})
}

func listReturnsHeads(t *testing.T, one, other Store) {
	r := anyRecord(anyKey())
	r.Data = make([]byte, 50*HeadSize+1)
	rand.Read(r.Data)
	wantCreated(t, one, r, true)
	head := r
	head.Data = r.Data[:HeadSize]
	wantListed(t, other, r.Index[0], head)
	wantFound(t, other, r.Key, r.Data)
}
