package tracker

import (
	"errors"
	"fmt"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// outbox is the only way out of a loop: it sends one message after the other, each only when
// the one before it is stored, and stamps a channel's messages with their seq. What the bus
// does not acknowledge is published again under the same id until it is stored or refused,
// so that a lost bus delays messages but neither loses nor reorders them.
type outbox struct {
	loop    *loop
	seq     uint64 // of the last stored message
	queue   []entry
	waiting bool // for an acknowledgement, or for the next try
	retry   time.Duration
	trouble time.Time // since when the head of the queue could not be stored; zero: it could
}

const (
	// Longer than this the stream may not remember a publication's id: before the next try, look
	// whether it has the message. The bus keeps ids for 10 min.
	idsForgotten = 5 * time.Minute
	// How long a message that nobody decides about is offered to a stream that refuses it. A full
	// disk may be helped; a message that is wrong must not hold up a channel for ever.
	refusalPatience = time.Minute
)

type entry struct {
	message   bridge.Message
	ref       uint64
	to        []interaction.ReplyTo
	record    *interaction.Record
	replyOnly bool
	then      func() // nothing to send: to be called when it is its turn
	behind    *loop  // nothing to send: what follows waits until this loop has sent all it has said so far
	id        string
}

func (o *outbox) empty() bool { return len(o.queue) == 0 }

func (o *outbox) push(e entry) {
	o.queue = append(o.queue, e)
	o.count(&e, 1)
	o.pump()
}

// count keeps count of what there is to send.
func (o *outbox) count(e *entry, n int64) {
	if e.then == nil && e.behind == nil {
		o.loop.t.queued.Add(n)
	}
}

// pump starts the next publication, unless one is under way.
func (o *outbox) pump() {
	for !o.waiting && len(o.queue) > 0 {
		head := &o.queue[0]
		if head.then != nil {
			head.then()
			o.pop()
			continue
		}
		if head.behind != nil {
			o.await(head.behind)
			return
		}
		if head.replyOnly {
			o.date(head)
			o.reply(*head)
			o.pop()
			continue
		}
		o.stamp(head)
		o.publish(*head)
	}
}

// await lets the outbox of another loop go first.
func (o *outbox) await(other *loop) {
	o.waiting = true
	passed := func() {
		o.loop.post(func() {
			o.waiting = false
			o.pop()
			o.pump()
		})
	}
	other.post(func() { other.outbox.push(entry{then: passed}) })
}

// date tells a repeated query up to which seq the state is that it gets. A stored answer keeps the
// time at which it was given.
func (o *outbox) date(e *entry) {
	if e.message.Time.IsZero() {
		e.message.Time = time.Now()
	}
	if kind, _, ok := e.message.Name.Asked(); ok && kind == bridge.TypeQuery {
		e.message.Seq = o.seq
	}
}

func (o *outbox) pop() {
	o.count(&o.queue[0], -1)
	o.queue[0] = entry{}
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = nil
	}
}

// stamp gives a message its place in the order. A refused one leaves its seq to the next.
func (o *outbox) stamp(e *entry) {
	if o.loop.target.Object() >= bridge.ObjectChannel {
		e.message.Seq = o.seq + 1
	}
	if e.id == "" {
		e.id = fmt.Sprintf("%s#%d", o.loop.target, e.message.Seq)
		if e.message.Seq == 0 {
			e.id = o.loop.t.newID()
		}
	}
}

func (o *outbox) publish(e entry) {
	o.waiting = true
	o.loop.t.Bus.Publish(e.message, e.id, func(err error) {
		o.loop.post(func() { o.published(e, err) })
	})
}

func (o *outbox) published(e entry, err error) {
	switch {
	case err == nil:
		o.seq = max(o.seq, e.message.Seq)
		o.loop.counter.spoken = time.Now()
		o.loop.t.trace(Crossing{At: time.Now(), Message: e.message})
		o.decided(e, true)
	case errors.Is(err, bridge.ErrRefused) && (e.ref != 0 || o.longerThan(refusalPatience)):
		if o.retry > 0 && e.message.Seq > 0 { // the stream may have it from a try before
			o.look(e, func() { o.refused(e, err) })
			return
		}
		o.refused(e, err)
	default:
		o.again(e, err)
	}
}

func (o *outbox) refused(e entry, err error) {
	o.loop.t.Log.Error("the stream refused a message", "name", e.message.Name, "target", e.message.Target, "error", err)
	o.decided(e, false)
}

// decided takes the head off the queue: the stream has it, or never will.
func (o *outbox) decided(e entry, stored bool) {
	o.waiting, o.retry, o.trouble = false, 0, time.Time{}
	o.pop()
	o.settled(e, stored)
	o.pump()
}

// again publishes the head of the queue once more after a pause.
func (o *outbox) again(e entry, err error) {
	if o.retry == 0 {
		o.trouble = time.Now()
		o.loop.t.Log.Warn("the bus did not acknowledge a message, trying until it does", "name", e.message.Name, "target", e.message.Target, "error", err)
	}
	o.retry = min(max(retryFirst, 2*o.retry), retryMost)
	o.loop.after(o.retry, func() {
		if e.message.Seq > 0 && o.longerThan(idsForgotten) {
			o.look(e, func() { o.publish(e) })
			return
		}
		o.publish(e)
	})
}

// longerThan tells whether the head of the queue has been in trouble for longer than d.
func (o *outbox) longerThan(d time.Duration) bool {
	return !o.trouble.IsZero() && time.Since(o.trouble) > d
}

// look asks the stream whether it has a message whose acknowledgement was lost; absent goes on if not.
func (o *outbox) look(e entry, absent func()) {
	t, ctx := o.loop.t, o.loop.ctx
	t.loops.Go(func() {
		seq, err := t.Bus.LastSeq(ctx, o.loop.target)
		o.loop.post(func() {
			switch {
			case err != nil:
				o.again(e, err)
			case seq >= e.message.Seq:
				o.published(e, nil)
			default:
				absent()
			}
		})
	})
}

// settled does what waited for the message to be stored.
func (o *outbox) settled(e entry, stored bool) {
	o.reply(e)
	if e.record != nil {
		o.loop.ledger.finish(e.record, e.message)
	}
	switch {
	case e.ref == 0:
	case stored:
		o.loop.step(interaction.Stored{Ref: e.ref})
	default:
		o.loop.step(interaction.Refused{Ref: e.ref})
	}
}

// reply sends a response to everybody who waits for it, each in its own encoding.
func (o *outbox) reply(e entry) {
	t := o.loop.t
	for _, to := range e.to {
		if to.Subject == "" {
			continue
		}
		header, data := t.Space.Encode(e.message)
		if to.Encoding == bridge.Envelope {
			header, data = nil, t.Space.EncodeEnvelope(e.message)
		}
		if err := t.Bus.Reply(to.Subject, header, data); err != nil {
			t.Log.Warn("an answer could not be sent to the one who waits; the stream has it", "name", e.message.Name, "request", e.message.RequestID, "error", err)
		}
	}
}
