package store

import "context"

// These functions are for the tests, which are in another package because storetest
// imports this one.

// Sweep deletes expired records now.
func (m *Memory) Sweep(ctx context.Context) (int64, error) { return m.sweep(ctx) }

// Count returns how many of the keys have a record, expired or not, and how many
// index keys there are.
func (m *Memory) Count(keys []Key) int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	count := len(m.entries)
	for _, key := range keys {
		if _, exists := m.records[key]; exists {
			count++
		}
	}
	return count
}

// Read returns a record's data without a lock.
func (m *Memory) Read(key Key) []byte { return m.records[key].Data }
