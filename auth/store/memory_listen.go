package store

import (
	"context"
	"errors"
)

func (m *Memory) listen(ctx context.Context, connected func(), receive func(string)) error {
	listener := make(chan string, 256)
	m.mu.Lock()
	m.listeners[listener] = struct{}{}
	m.mu.Unlock()
	defer m.removeListener(listener)
	connected()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case message, ok := <-listener:
			if !ok {
				return errors.New("fell too far behind")
			}
			receive(message)
		}
	}
}

func (m *Memory) removeListener(listener chan string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.listeners, listener)
}
