package store

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"
)

// memory keeps records in this process: for development, tests, and whoever
// does not mind that a restart signs everyone out.
type memory struct {
	*sweeper
	mu        sync.RWMutex
	records   map[Key]Record
	entries   map[Key][]Key // by index key: the records created under it, few enough to search
	listeners map[chan string]struct{}
}

func openMemory(sweepEvery time.Duration) *memory {
	m := &memory{
		records:   make(map[Key]Record),
		entries:   make(map[Key][]Key),
		listeners: make(map[chan string]struct{}),
	}
	m.sweeper = startSweeper(sweepEvery, m.sweep)
	return m
}

func (m *memory) Create(ctx context.Context, r Record) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.findLive(r.Key); taken || ctx.Err() != nil {
		return false, ctx.Err()
	}
	m.remove(r.Key) // one that has expired
	r.Data = clone(r.Data)
	m.records[r.Key] = r
	for _, index := range r.Index {
		m.entries[index] = append(m.entries[index], r.Key)
	}
	return true, nil
}

func (m *memory) Find(ctx context.Context, key Key) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, found := m.findLive(key)
	if !found || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return r.Data, nil
}

func (m *memory) Update(ctx context.Context, key Key, old, data []byte, expires time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found := m.findLive(key)
	if !found || !bytes.Equal(r.Data, old) || ctx.Err() != nil {
		return false, ctx.Err()
	}
	r.Data, r.Expires = clone(data), expires
	m.records[key] = r
	return true, nil
}

func (m *memory) Delete(ctx context.Context, key Key) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found := m.findLive(key)
	if !found || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.remove(key)
	return r.Data, nil
}

func (m *memory) List(ctx context.Context, index Key) ([]Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var listed []Record
	for _, key := range m.entries[index] {
		if r, found := m.findLive(key); found {
			listed = append(listed, Record{Key: key, Data: r.Data[:min(len(r.Data), HeadSize)], Expires: r.Expires})
		}
	}
	return listed, ctx.Err()
}

func (m *memory) Publish(ctx context.Context, message string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for listener := range m.listeners {
		select {
		case listener <- message:
		default: // it hangs: better cut off than holding up the others
			delete(m.listeners, listener)
			close(listener)
		}
	}
	return ctx.Err()
}

func (m *memory) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return keepListening(ctx, func() error { return m.listen(ctx, orNoop(connected), receive) })
}

func (m *memory) Ping(ctx context.Context) error { return ctx.Err() }

func (m *memory) Close() error {
	m.stop()
	return nil
}

// findLive returns a record that has not expired.
func (m *memory) findLive(key Key) (Record, bool) {
	r, found := m.records[key]
	return r, found && time.Now().Before(r.Expires)
}

func (m *memory) remove(key Key) {
	for _, index := range m.records[key].Index {
		m.entries[index] = slices.DeleteFunc(m.entries[index], func(k Key) bool { return k == key })
		if len(m.entries[index]) == 0 {
			delete(m.entries, index)
		}
	}
	delete(m.records, key)
}

func (m *memory) sweep(context.Context) (cleared int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.records {
		if _, found := m.findLive(key); !found {
			m.remove(key)
		}
	}
	return 0, nil // in one pass: memory is not where a million sessions are
}

// clone is never nil: an empty record is a record too. The copy keeps the
// caller's buffer and the store's apart.
func clone(data []byte) []byte { return append([]byte{}, data...) }
