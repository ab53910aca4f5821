package tracker

import "sync"

// mailbox is an unbounded queue with one reader. Posting never blocks, so that neither a
// SIP transaction nor the bus ever waits for a loop.
//
// Concurrency: post and close from anywhere; take from the owner.
type mailbox struct {
	mu     sync.Mutex
	items  []func()
	closed bool
	// readyc has a token whenever there may be something to take.
	readyc chan struct{}
}

func newMailbox() mailbox { return mailbox{readyc: make(chan struct{}, 1)} }

// post appends f, unless the mailbox is closed.
func (m *mailbox) post(f func()) {
	m.mu.Lock()
	if !m.closed {
		m.items = append(m.items, f)
	}
	m.mu.Unlock()
	m.wake()
}

// close makes the owner's take report the end once it has taken everything.
func (m *mailbox) close() {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.wake()
}

func (m *mailbox) wake() {
	select {
	case m.readyc <- struct{}{}:
	default:
	}
}

// take returns all that was posted, and false when there will be no more.
func (m *mailbox) take() ([]func(), bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items, len(items) > 0 || !m.closed
}
