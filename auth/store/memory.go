package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"latchkey/auth/store/internal/engine"
)

// Memory keeps records in this process, for development and tests. A restart
// signs everyone out.
type Memory struct {
	stopSweep func()
	mu        sync.RWMutex
	records   map[Key]Record
	entries   map[Key][]Key // the keys of the records created under an index key, few enough to search
	listeners map[chan string]struct{}
}

// NewMemory returns an empty store. Close stops its background work.
func NewMemory() *Memory {
	m := &Memory{
		records:   make(map[Key]Record),
		entries:   make(map[Key][]Key),
		listeners: make(map[chan string]struct{}),
	}
	m.stopSweep = engine.StartSweeping(m.sweep)
	return m
}

func (m *Memory) Create(ctx context.Context, r Record) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, taken := m.findUnexpired(r.Key); taken || ctx.Err() != nil {
		return false, ctx.Err()
	}
	m.remove(r.Key) // an expired record
	r.Data = engine.Clone(r.Data)
	m.records[r.Key] = r
	for _, index := range r.Index {
		m.entries[index] = append(m.entries[index], r.Key)
	}
	return true, nil
}

func (m *Memory) Find(ctx context.Context, key Key) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, found := m.findUnexpired(key)
	if !found || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return r.Data, nil
}

func (m *Memory) Update(ctx context.Context, key Key, old, data []byte, expires time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found := m.findUnexpired(key)
	if !found || !bytes.Equal(r.Data, old) || ctx.Err() != nil {
		return false, ctx.Err()
	}
	r.Data, r.Expires = engine.Clone(data), expires
	m.records[key] = r
	return true, nil
}

func (m *Memory) Delete(ctx context.Context, key Key) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, found := m.findUnexpired(key)
	if !found || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.remove(key)
	return r.Data, nil
}

func (m *Memory) List(ctx context.Context, index Key) ([]Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var listed []Record
	for _, key := range m.entries[index] {
		if r, found := m.findUnexpired(key); found {
			listed = append(listed, r.head())
		}
	}
	return listed, ctx.Err()
}

func (m *Memory) Scan(ctx context.Context, visit func(Record) error) error {
	for _, r := range m.unexpired() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// unexpired returns a copy, so that visit can call the store.
func (m *Memory) unexpired() []Record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	all := make([]Record, 0, len(m.records))
	for key := range m.records {
		if r, found := m.findUnexpired(key); found {
			all = append(all, r.head())
		}
	}
	return all
}

func (m *Memory) Publish(ctx context.Context, message string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for listener := range m.listeners {
		select {
		case listener <- message:
		default: // it is slow: it reconnects, instead of delaying the others
			delete(m.listeners, listener)
			close(listener)
		}
	}
	return ctx.Err()
}

func (m *Memory) Subscribe(ctx context.Context, connected func(), receive func(string)) error {
	return engine.Subscribe(ctx, connected, receive, m.listen)
}

func (m *Memory) listen(ctx context.Context, connected func(), receive func(string)) error {
	listener := make(chan string, 256)
	m.mu.Lock()
	m.listeners[listener] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, listener)
	}()
	connected()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case message, ok := <-listener:
			if !ok {
				return errors.New("the listener is too slow")
			}
			receive(message)
		}
	}
}

func (m *Memory) Ping(ctx context.Context) error { return ctx.Err() }

func (m *Memory) Close() error {
	m.stopSweep()
	return nil
}

// findUnexpired returns a record that has not expired.
func (m *Memory) findUnexpired(key Key) (Record, bool) {
	r, found := m.records[key]
	return r, found && time.Now().Before(r.Expires)
}

// head returns a record as List and Scan do.
func (r Record) head() Record {
	return Record{Key: r.Key, Data: r.Data[:min(len(r.Data), HeadSize)], Expires: r.Expires}
}

func (m *Memory) remove(key Key) {
	for _, index := range m.records[key].Index {
		m.entries[index] = slices.DeleteFunc(m.entries[index], func(k Key) bool { return k == key })
		if len(m.entries[index]) == 0 {
			delete(m.entries, index)
		}
	}
	delete(m.records, key)
}

func (m *Memory) sweep(context.Context) (deleted int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.records {
		if _, found := m.findUnexpired(key); !found {
			m.remove(key)
		}
	}
	return 0, nil // one pass is enough for the few sessions of development
}
