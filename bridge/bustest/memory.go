package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tieline/bridge"
)

const (
	intakeBuffer = 4096
	maxPayload   = 1 << 20 // as a NATS server has it by default
)

var errClosed = errors.New("bustest: the intake can be opened once")

// Memory is a bus in memory.
type Memory struct {
	broker *broker
	groups []string

	mu     sync.Mutex
	intake chan bridge.Delivery // nil until Intake, and again after StopIntake
	opened bool
}

// NewMemory makes a bus that serves processor control, the sessions, and the given groups.
func NewMemory(space bridge.Space, groups ...string) *Memory {
	return (&broker{space: space, ids: map[string]bool{}, ledger: map[string][]byte{}, counters: map[bridge.Target]uint64{}, inboxes: map[string]chan bridge.Delivery{}}).join(groups)
}

// Twin makes another gateway's bus on the same stream, ledger and queue group. It also
// stands for the same gateway after a restart.
func (m *Memory) Twin() *Memory { return m.broker.join(m.groups) }

// Intake implements Bus.
func (m *Memory) Intake() (<-chan bridge.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opened {
		return nil, errClosed
	}
	m.opened, m.intake = true, make(chan bridge.Delivery, intakeBuffer)
	return m.intake, nil
}

// StopIntake closes the intake's Go channel behind what has been delivered.
func (m *Memory) StopIntake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.intake != nil {
		close(m.intake)
		m.intake = nil
	}
}

// Publish implements Bus.
func (m *Memory) Publish(msg bridge.Message, id string, done func(error)) {
	b := m.broker
	h, data := b.space.Encode(msg)
	if len(data) > maxPayload {
		b.later(func() { done(fmt.Errorf("%w: message is too large", bridge.ErrRefused)) })
		return
	}
	stored, _, _ := b.space.Decode(h, data) // as a bridge will see it
	b.ask(func() {
		if !b.ids[id] {
			b.ids[id] = true
			b.stream = append(b.stream, stored)
		}
	}, done)
}

// Reply implements Bus.
func (m *Memory) Reply(to string, h bridge.Header, data []byte) error {
	b := m.broker
	if strings.HasPrefix(to, "$") || strings.HasPrefix(to, b.space.From("")) || strings.ContainsAny(to, "*> ") {
		return fmt.Errorf("%w: not a subject for replies", bridge.ErrRefused)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return fmt.Errorf("%w: the bus is down", bridge.ErrUnsure)
	}
	d := bridge.Delivery{Subject: to, Header: h, Data: bytes.Clone(data)}
	b.replies = append(b.replies, d)
	if inbox := b.inboxes[to]; inbox != nil {
		inbox <- d
	}
	return nil
}

// Claim implements Bus.
func (m *Memory) Claim(key string, value []byte, done func(existing []byte, err error)) {
	b, value := m.broker, bytes.Clone(value)
	var existing []byte
	b.ask(func() {
		switch present, taken := b.ledger[key]; {
		case !taken:
			b.put(key, value)
		case !bytes.Equal(present, value):
			existing = bytes.Clone(present)
		}
	}, func(err error) {
		switch {
		case errors.Is(err, bridge.ErrRefused): // a ledger that takes nothing may still know the key
			if existing = m.Entry(key); existing != nil {
				err = nil
			}
			if bytes.Equal(existing, value) {
				existing = nil
			}
		case err != nil:
			existing = nil
		}
		done(existing, err)
	})
}

// Finish implements Bus.
func (m *Memory) Finish(key string, value []byte, done func(error)) {
	b, value := m.broker, bytes.Clone(value)
	b.ask(func() { b.put(key, value) }, done)
}

// Entries implements Bus.
func (m *Memory) Entries(ctx context.Context, f func(key string, value []byte) error) error {
	b := m.broker
	b.mu.Lock()
	keys, down := slices.Clone(b.keys), b.down
	b.mu.Unlock()
	if down {
		return fmt.Errorf("%w: the bus is down", bridge.ErrUnsure)
	}
	for _, k := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(k, m.Entry(k)); err != nil {
			return err
		}
	}
	return nil
}

// NoteSeq implements Bus.
func (m *Memory) NoteSeq(channel bridge.Target, seq uint64, done func(error)) {
	m.broker.ask(func() { m.broker.counters[channel] = seq }, done)
}

// LastSeq implements Bus.
func (m *Memory) LastSeq(_ context.Context, channel bridge.Target) (highest uint64, err error) {
	b := m.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return 0, fmt.Errorf("%w: the bus is down", bridge.ErrUnsure)
	}
	highest = b.counters[channel]
	for _, msg := range b.stream {
		if msg.Target == channel || strings.HasPrefix(string(msg.Target), string(channel)+".") {
			highest = max(highest, msg.Seq)
		}
	}
	return highest, nil
}

// Connected implements Bus.
func (m *Memory) Connected() bool {
	m.broker.mu.Lock()
	defer m.broker.mu.Unlock()
	return !m.broker.down
}
