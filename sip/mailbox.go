package sip

import (
	"sync"
	"time"
)

// turn is something to be done in the goroutine that owns a call.
type turn func(now time.Time)

// mailbox is the way into a call's goroutine: unbounded, so that posting never blocks.
type mailbox struct {
	wakec chan struct{} // capacity 1: there is something in queue

	mu     sync.Mutex
	queue  []turn
	closed bool
}

// post reports false if the owner has gone and f will never run.
func (m *mailbox) post(f turn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.queue = append(m.queue, f)
	select {
	case m.wakec <- struct{}{}:
	default:
	}
	return true
}

// take returns what was posted since. The owner calls it.
func (m *mailbox) take() []turn {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queue
	m.queue = nil
	return q
}

// close refuses what comes now and returns what came before.
func (m *mailbox) close() []turn {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return m.queue
}
