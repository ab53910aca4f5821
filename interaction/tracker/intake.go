package tracker

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"tieline/bridge"
	"tieline/interaction"
)

// receive decodes one delivery and hands it to the tree, which routes it. What can be tied
// to a requestId is answered; what cannot is counted, logged once per burst, and dropped
// (protocol.md §10).
func (t *Tracker) receive(d bridge.Delivery) {
	subject, nowhere := t.Space.ParseTo(d.Subject)
	m, encoding, err := t.Space.Decode(d.Header, d.Data)
	if nowhere != nil {
		err = nowhere
	}
	r := interaction.Request{
		Message: m, Subject: subject, Fault: t.fault(m, size(m, d, encoding), err),
		ReplyTo: interaction.ReplyTo{Subject: d.Reply, Encoding: encoding},
		Arrived: time.Now(),
	}
	t.trace(Crossing{At: time.Now(), In: true, Subject: subject, Message: m})
	if m.RequestID == "" || nowhere != nil {
		t.drop(d, r.Fault)
		t.answerUntied(r)
		return
	}
	t.tree.input(r)
}

// fault says what is wrong with a message, or nil.
func (t *Tracker) fault(m bridge.Message, size int, err error) *bridge.Error {
	var fault *bridge.Error
	switch {
	case errors.As(err, &fault):
		return fault
	case err != nil:
		return bridge.InvalidMessage.Error("The message is invalid: " + err.Error() + ".")
	case size > t.MaxBody:
		return bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: its body has %d bytes, at most %d are allowed.", size, t.MaxBody))
	case m.Type != bridge.TypeQuery && m.Type != bridge.TypeRequest:
		return bridge.InvalidMessage.Error("The message is invalid: only queries and requests can be sent to a gateway.")
	}
	return nil
}

// size is that of the body. What an envelope has around it does not count, so that the limit is
// the same in either encoding.
func size(m bridge.Message, d bridge.Delivery, encoding bridge.Encoding) int {
	if encoding == bridge.Envelope {
		return len(m.Body)
	}
	return len(d.Data)
}

// answerUntied tells a sender who waits, but gave no request id or wrote to a subject that cannot be a
// destination's, what is wrong. Where no target can be read it is processor control that answers.
func (t *Tracker) answerUntied(r interaction.Request) {
	if r.ReplyTo.Subject == "" || r.Fault == nil {
		return
	}
	m := r.Message
	m.Target = cmp.Or(m.Target, r.Subject, bridge.Control)
	answer := m.Fail(r.Fault)
	answer.Time = time.Now()
	t.tree.post(func() {
		t.tree.outbox.push(entry{message: answer, to: []interaction.ReplyTo{r.ReplyTo}, replyOnly: true})
	})
}

func (t *Tracker) drop(d bridge.Delivery, err error) {
	n := t.dropped.Add(1)
	if t.junk.first(time.Now()) {
		t.Log.Warn("messages are dropped that cannot be tied to a request", "bytes", len(d.Data), "dropped", n, "error", err)
	}
}

func (t *Tracker) trace(c Crossing) {
	if t.Trace != nil {
		t.Trace(c)
	}
}

func (t *Tracker) newID() string { return uuid.NewString() }

// burst is true once for things that happen close together.
type burst struct {
	mu   sync.Mutex
	last time.Time
}

const burstGap = 10 * time.Second

func (b *burst) first(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	quiet := now.Sub(b.last) > burstGap
	b.last = now
	return quiet
}
