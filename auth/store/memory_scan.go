package store

import "context"

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
