package storetest

import (
	"errors"
	"latchkey/auth/store"
	"slices"
	"testing"
	"time"
)

// Malformed is data in an engine that another program has written.
type Malformed struct {
	Name string
	// Corrupt changes the record r, or adds something under its index.
	Corrupt func(t *testing.T, s store.Store, r store.Record) error
	// OthersListed means that List must still return the other records.
	OthersListed bool
}

// MalformedDataIsNoFailure tests that on malformed data no method panics, returns
// an error other than ErrMalformed, or hides other records.
func MalformedDataIsNoFailure(t *testing.T, open func(testing.TB) store.Store, cases []Malformed) {
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			s, index := open(t), AnyKey()
			r, other := AnyRecord(index), AnyRecord(index)
			WantCreated(t, s, r, true)
			WantCreated(t, s, other, true)
			if err := c.Corrupt(t, s, r); err != nil {
				t.Fatal(err)
			}
			wantNoFailure(t, s, r)
			listed, err := s.List(t.Context(), index)
			if err != nil && !errors.Is(err, store.ErrMalformed) {
				t.Errorf("List: got error %v, want none or %v", err, store.ErrMalformed)
			}
			if c.OthersListed && !slices.ContainsFunc(listed, func(r store.Record) bool { return r.Key == other.Key }) {
				t.Errorf("List: got %d records, want the other one among them", len(listed))
			}
			wantOthersScanned(t, s, other)
			WantCreated(t, s, AnyRecord(index), true)
			if _, err := s.Delete(t.Context(), r.Key); err != nil && !errors.Is(err, store.ErrMalformed) {
				t.Errorf("Delete: got error %v, want none or %v", err, store.ErrMalformed)
			}
		})
	}
}

func wantOthersScanned(t *testing.T, s store.Store, other store.Record) {
	t.Helper()
	visited := false
	wantScanned(t, s, func(r store.Record) error {
		visited = visited || r.Key == other.Key
		return nil
	})
	if !visited {
		t.Error("Scan: got no visit of the other record")
	}
}

func wantNoFailure(t *testing.T, s store.Store, r store.Record) {
	t.Helper()
	if _, err := s.Find(t.Context(), r.Key); err != nil && !errors.Is(err, store.ErrMalformed) {
		t.Errorf("Find: got error %v, want none or %v", err, store.ErrMalformed)
	}
	if _, err := s.Update(t.Context(), r.Key, r.Data, r.Data, time.Now().Add(time.Hour)); err != nil && !errors.Is(err, store.ErrMalformed) {
		t.Errorf("Update: got error %v, want none or %v", err, store.ErrMalformed)
	}
	if _, err := s.Create(t.Context(), store.Record{Key: r.Key, Data: r.Data, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Errorf("Create: got error %v, want none", err)
	}
}
