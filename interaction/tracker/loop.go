package tracker

import (
	"context"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// loop owns one machine: it gives it inputs one at a time and carries out its effects in
// order.
type loop struct {
	// settings
	t       *Tracker
	target  bridge.Target
	machine interaction.Machine
	// in
	mailbox
	timer *time.Timer
	// out
	outbox  outbox
	ledger  ledger
	counter counter
	// state
	ctx  context.Context // the loop's own life, handed on to loops it starts
	gone bool
	done bool
	then []func()
}

func newLoop(t *Tracker, m interaction.Machine, target bridge.Target) *loop {
	l := &loop{t: t, target: target, machine: m, mailbox: newMailbox()}
	l.outbox = outbox{loop: l}
	l.counter = counter{loop: l}
	l.ledger = ledger{loop: l, answering: map[string][]interaction.Claim{}}
	return l
}

// run ends when ctx does, or when the mailbox is closed and empty.
func (l *loop) run(ctx context.Context) {
	l.ctx = ctx
	l.timer = time.NewTimer(time.Hour)
	defer l.timer.Stop()
	if !l.resumeSeq(ctx) {
		return
	}
	for {
		select {
		case <-l.readyc:
			items, more := l.take()
			for _, f := range items {
				f()
			}
			if !more {
				return
			}
			if len(items) > 0 {
				l.wake() // look again: it may have been closed meanwhile
			}
		case <-l.timer.C:
			l.tick(time.Now())
		case <-ctx.Done():
			return
		}
		l.settle()
	}
}

// resumeSeq goes on counting where the stream stopped (protocol.md §3.4).
func (l *loop) resumeSeq(ctx context.Context) bool {
	if l.target.Object() < bridge.ObjectChannel {
		return true
	}
	for wait := retryFirst; ; wait = min(2*wait, retryMost) {
		seq, err := l.t.Bus.LastSeq(ctx, l.target)
		if err == nil {
			l.outbox.seq, l.counter.noted = seq, seq
			return true
		}
		l.t.Log.Warn("the last seq of a channel could not be read, trying again", "channel", l.target, "in", wait, "error", err)
		l.timer.Reset(wait)
		select {
		case <-l.timer.C:
		case <-ctx.Done():
			return false
		}
	}
}

// input posts an input for the machine.
func (l *loop) input(in interaction.Input) { l.post(func() { l.step(in) }) }

// step gives the machine one input and carries out what it says.
func (l *loop) step(in interaction.Input) {
	if r, ok := in.(interaction.Request); ok && l.gone {
		// It crossed the tear down: the tree knows by now that the channel is going.
		l.t.tree.input(r)
		return
	}
	for _, e := range l.machine.Step(time.Now(), in) {
		l.do(e)
	}
}

func (l *loop) do(e interaction.Effect) {
	switch e := e.(type) {
	case interaction.Claim:
		l.ledger.claim(e)
	case interaction.Publish:
		l.outbox.push(entry{message: e.Message, ref: e.Ref})
	case interaction.Respond:
		if e.Record != nil {
			l.ledger.answer(e.Record)
		}
		l.outbox.push(entry{message: e.Message, to: e.To, record: e.Record})
	case interaction.Reply:
		l.outbox.push(entry{message: e.Message, to: []interaction.ReplyTo{e.To}, replyOnly: true})
	case interaction.PlaceCall, interaction.TakeCall, interaction.RingCall, interaction.AnswerCall,
		interaction.RefuseCall, interaction.HangUp, interaction.HoldCall, interaction.RetrieveCall, interaction.ConnectCalls,
		interaction.TransferCall, interaction.ConferenceCall, interaction.LeaveLine, interaction.SendDTMF, interaction.CheckCredentials,
		interaction.RegisterEndPoint, interaction.UnregisterEndPoint:
		l.telephone(e)
	case interaction.StartChannel:
		l.t.startChannel(l.ctx, e)
	case interaction.Tell:
		l.t.channels[e.Channel].input(e.Input)
	case interaction.Report:
		l.outbox.push(entry{then: func() { l.t.tree.input(e.Input) }})
	case interaction.Gone:
		l.gone = true
		l.t.tree.input(interaction.ChannelGoing{Target: l.target})
		// What the tree has said of a channel that lived must not follow the channel's last words.
		l.outbox.push(entry{behind: l.t.tree})
	case interaction.Emptied:
		l.t.once.Do(func() { close(l.t.emptied) })
	}
}

// telephone hands an effect to the telephone system.
func (l *loop) telephone(e interaction.Effect) {
	system := l.t.Telephony
	switch e := e.(type) {
	case interaction.PlaceCall:
		system.PlaceCall(e.Call, l.input)
	case interaction.TakeCall:
		system.TakeCall(e.Call, e.Line, l.input)
	case interaction.RingCall:
		system.RingCall(e.Call)
	case interaction.AnswerCall:
		system.AnswerCall(e.Call)
	case interaction.RefuseCall:
		system.RefuseCall(e.Call, e.As)
	case interaction.HangUp:
		system.HangUp(e.Call)
	case interaction.HoldCall:
		system.HoldCall(e.Call)
	case interaction.RetrieveCall:
		system.RetrieveCall(e.Call)
	case interaction.ConnectCalls:
		system.ConnectCalls(e.Call, e.With)
	case interaction.TransferCall:
		system.TransferCall(e.Call, e.To)
	case interaction.ConferenceCall:
		system.ConferenceCall(e.Call, e.With, e.To)
	case interaction.LeaveLine:
		system.LeaveLine(e.Line)
	case interaction.RegisterEndPoint:
		system.RegisterEndPoint(e.ID, e.Line, l.input)
	case interaction.UnregisterEndPoint:
		system.UnregisterEndPoint(e.ID)
	case interaction.SendDTMF:
		system.SendDTMF(e.Call, e.Digits)
	case interaction.CheckCredentials:
		system.CheckCredentials(e.EndPoint, e.Password, func(err *bridge.Error) {
			l.input(interaction.CredentialsChecked{RequestID: e.RequestID, Error: err})
		})
	default: // not for a telephone system
	}
}

// tick does what its time has come for.
func (l *loop) tick(now time.Time) {
	if at := l.counter.due(); !at.IsZero() && !now.Before(at) {
		l.counter.note()
	}
	l.step(interaction.Tick{})
}

// settle is what remains after each turn: the next deadline, and whether all is said.
func (l *loop) settle() {
	l.timer.Stop()
	if at := earlier(l.machine.Deadline(), l.counter.due()); !at.IsZero() {
		l.timer.Reset(time.Until(at))
	}
	if !l.outbox.empty() || len(l.ledger.answering) > 0 {
		return
	}
	for _, f := range l.then {
		f()
	}
	l.then = nil
	if l.gone && l.counter.dirty() {
		l.counter.note()
		return
	}
	if l.gone && !l.done {
		l.done = true
		l.t.tree.post(func() { l.t.channelGone(l.target) })
	}
}

// whenFlushed calls f on the loop once everything said so far is stored and in the ledger.
func (l *loop) whenFlushed(f func()) { l.post(func() { l.then = append(l.then, f) }) }

// after runs f on the loop's goroutine after d.
func (l *loop) after(d time.Duration, f func()) { time.AfterFunc(d, func() { l.post(f) }) }

// earlier is the earlier of two times of which zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
