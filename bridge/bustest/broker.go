package bustest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tieline/bridge"
)

// ErrNoResponders is what a bridge is told when nobody serves a subject.
var ErrNoResponders = errors.New("no responders")

// broker is what the buses of one NATS share.
type broker struct {
	space bridge.Space

	mu        sync.Mutex
	members   []*Memory
	turn      int // of the queue group
	stream    []bridge.Message
	ids       map[string]bool
	ledger    map[string][]byte
	counters  map[bridge.Target]uint64
	keys      []string // of ledger, in the order of their last write
	replies   []bridge.Delivery
	inboxes   map[string]chan bridge.Delivery
	followers []*follower

	down    bool
	delay   time.Duration
	refuse  int
	lose    int
	jobs    []job
	working bool
}

type job struct {
	due time.Time
	run func()
}

type follower struct {
	next int // index into stream
	f    func(bridge.Message)
}

func (b *broker) join(groups []string) *Memory {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := &Memory{broker: b, groups: slices.Clone(groups)}
	b.members = append(b.members, m)
	return m
}

// ask performs store in its turn, or one of the faults, and tells done.
func (b *broker) ask(store func(), done func(error)) {
	b.mu.Lock()
	downAlready := b.down
	b.mu.Unlock()
	b.later(func() {
		b.mu.Lock()
		err := b.attempt(store, downAlready)
		b.mu.Unlock()
		b.tell()
		done(err)
	})
}

// attempt is called with the lock held.
func (b *broker) attempt(store func(), downAlready bool) error {
	switch {
	case b.down || downAlready:
		return fmt.Errorf("%w: the bus is down", bridge.ErrUnsure)
	case b.refuse > 0:
		b.refuse--
		return fmt.Errorf("%w: told to refuse", bridge.ErrRefused)
	case b.lose > 0:
		b.lose--
		store()
		return fmt.Errorf("%w: the acknowledgement is lost", bridge.ErrUnsure)
	}
	store()
	return nil
}

// put is called with the lock held.
func (b *broker) put(key string, value []byte) {
	b.keys = append(slices.DeleteFunc(b.keys, func(k string) bool { return k == key }), key)
	b.ledger[key] = value
}

// later runs f from the worker, behind everything before it and after the delay.
func (b *broker) later(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jobs = append(b.jobs, job{time.Now().Add(b.delay), f})
	if !b.working {
		b.working = true
		go b.work()
	}
}

func (b *broker) work() {
	for {
		b.mu.Lock()
		if len(b.jobs) == 0 {
			b.jobs, b.working = nil, false
			b.mu.Unlock()
			return
		}
		j := b.jobs[0]
		b.jobs = b.jobs[1:]
		b.mu.Unlock()
		if pause := time.Until(j.due); pause > 0 {
			time.Sleep(pause)
		}
		j.run()
	}
}

// tell brings the followers what is new; it runs in the worker only.
func (b *broker) tell() {
	b.mu.Lock()
	followers := slices.Clone(b.followers)
	b.mu.Unlock()
	for _, f := range followers {
		for {
			b.mu.Lock()
			if f.next >= len(b.stream) {
				b.mu.Unlock()
				break
			}
			m := b.stream[f.next]
			f.next++
			b.mu.Unlock()
			f.f(m)
		}
	}
}

// Follow calls f with everything that the stream holds and will hold, in order, from the
// goroutine of the callbacks.
func (m *Memory) Follow(f func(bridge.Message)) {
	b := m.broker
	b.mu.Lock()
	b.followers = append(b.followers, &follower{f: f})
	b.mu.Unlock()
	b.later(b.tell)
}

// Messages returns what the stream holds, as a bridge would decode it.
func (m *Memory) Messages() []bridge.Message {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	return slices.Clone(m.broker.stream)
}

// Replies returns what was sent to reply subjects; Subject is where it went.
func (m *Memory) Replies() []bridge.Delivery {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	return slices.Clone(m.broker.replies)
}

// Inbox returns a Go channel of what will be sent to one reply subject.
func (m *Memory) Inbox(subject string) <-chan bridge.Delivery {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	inbox := make(chan bridge.Delivery, intakeBuffer)
	m.broker.inboxes[subject] = inbox
	return inbox
}

// Entry returns the value of a key of the ledger; nil if nobody claimed it.
func (m *Memory) Entry(key string) []byte {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	return bytes.Clone(m.broker.ledger[key])
}

// SetDown takes the bus away from everybody, or brings it back: while it is down,
// everything is ErrUnsure and nothing is stored, what is under way included.
func (m *Memory) SetDown(down bool) {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	m.broker.down = down
}

// RefuseNext makes the next n publications, claims and finishes ErrRefused.
func (m *Memory) RefuseNext(n int) {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	m.broker.refuse = n
}

// LoseNext makes the next n publications, claims and finishes ErrUnsure although they are
// stored.
func (m *Memory) LoseNext(n int) {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	m.broker.lose = n
}

// SetDelay makes every acknowledgement, and the storing, take d from now on.
func (m *Memory) SetDelay(d time.Duration) {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	m.broker.delay = d
}

// Send brings msg to whoever serves to, as a bridge would in the canonical form. reply may
// be empty.
func (m *Memory) Send(msg bridge.Message, to bridge.Target, reply string) error {
	h, data := m.broker.space.Encode(msg)
	return m.Deliver(bridge.Delivery{Subject: m.broker.space.To(to), Reply: reply, Header: h, Data: data})
}

// Deliver brings d to one of the buses that serve its subject.
func (m *Memory) Deliver(d bridge.Delivery) error {
	b := m.broker
	b.mu.Lock()
	members, turn, down := slices.Clone(b.members), b.turn, b.down
	b.turn++
	b.mu.Unlock()
	if down {
		return fmt.Errorf("%w: the bus is down", bridge.ErrUnsure)
	}
	for i := range members {
		if members[(turn+i)%len(members)].accept(d) {
			return nil
		}
	}
	return ErrNoResponders
}

// accept hands d over if this bus serves its subject; it waits while the intake is full.
func (m *Memory) accept(d bridge.Delivery) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	target, ours := strings.CutPrefix(d.Subject, m.broker.space.To(""))
	ids := strings.Split(target, ".")
	if m.intake == nil || !ours || len(ids) > 1 && !slices.Contains(m.groups, ids[1]) {
		return false
	}
	m.intake <- d
	return true
}

// ForgetIDs makes the stream take publications again that it has had, as the end of its
// duplicate window does.
func (m *Memory) ForgetIDs() {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	clear(m.broker.ids)
}

// Forget empties the stream, as age does.
func (m *Memory) Forget() {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	m.broker.stream = nil
	for _, f := range m.broker.followers {
		f.next = 0
	}
}
