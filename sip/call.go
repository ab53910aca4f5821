package sip

import (
	"slices"
	"time"

	"tieline/sip/invite"
	"tieline/sip/trunk"
)

// verdict is how far a call has come in what it reports.
type verdict uint8

const (
	open     verdict = iota // nothing final reported
	answered                // Answered reported; Ended is due
	closed                  // Failed or Ended reported: nothing more to say
)

// Call is a dial and what became of it.
type Call struct {
	// settings
	ua      *UserAgent
	dial    Dial
	report  func(Event)
	refused *Outcome // no INVITE may leave: that is the outcome

	// in
	box mailbox

	// out
	donec chan struct{} // closed when nothing more of it can happen

	// state, owned by run
	verdict  verdict
	winner   *attempt   // the one that was answered
	attempts []*attempt // those with something left to do; the last is the one tried at present
	tried    []string   // trunks
	ways     ways       // to the one tried at present
	moves    moves
	progress bool      // Progress reported
	alerted  bool      // and that the callee's telephone rings
	leaving  bool      // the user agent stops: late copies are no longer waited for
	until    time.Time // it waits for its telephone, until then at most; zero: it does not
}

// ID is Dial.ID.
func (c *Call) ID() string { return c.dial.ID }

// Hangup ends the call whatever its state: Failed with Cancelled before the answer, Ended after it. It may be called
// from anywhere, any number of times, and returns at once.
func (c *Call) Hangup() { c.hangup(invite.NormalClearing) }

func (c *Call) hangup(why invite.Reason) {
	c.ua.telephones.leaves(c)
	c.box.post(func(now time.Time) { c.hangUp(now, why) })
}

// Done is closed when nothing more of the call can happen, its clean-up included.
func (c *Call) Done() <-chan struct{} { return c.donec }

// run owns the call from the first INVITE to the last clean-up.
func (c *Call) run() {
	defer c.ua.dismiss(c)
	defer c.ua.telephones.left(c, true)
	defer close(c.donec)
	if c.refused != nil {
		c.fail(*c.refused)
	}
	c.ua.play(c, &c.box)
}

func (c *Call) over() bool {
	return c.verdict == closed && (len(c.attempts) == 0 || c.leaving && !slices.ContainsFunc(c.attempts, (*attempt).busy))
}

// busy reports that an answer is awaited: to an INVITE, and with it perhaps a CANCEL to send, or to a request.
func (a *attempt) busy() bool { return a.pending > 0 || a.machine.Pending() }

// leave hangs up and, once that is answered, ends.
func (c *Call) leave() {
	c.box.post(func(now time.Time) {
		c.leaving = true
		c.hangUp(now, invite.ShuttingDown)
	})
}

// due is when tick has something to do.
func (c *Call) due() time.Time {
	var next time.Time
	if c.verdict == open {
		next = sooner(c.dial.Deadline, c.until)
	}
	for _, a := range c.attempts {
		next = sooner(next, sooner(a.machine.Deadline(), a.due()))
	}
	return next
}

// tick does what is due. The dial's own deadline goes first: no further trunk is tried at it.
func (c *Call) tick(now time.Time) {
	if c.verdict == open && !c.dial.Deadline.IsZero() && !c.dial.Deadline.After(now) {
		c.timeOut(now)
	}
	if !c.until.IsZero() && !c.until.After(now) {
		c.goOn(now)
	}
	for _, a := range slices.Clone(c.attempts) {
		if d := a.machine.Deadline(); !d.IsZero() && !d.After(now) {
			a.step(now, invite.Tick{})
		}
		if !a.resend(now) {
			c.hangUp(now, invite.NeverAcked)
		}
		a.settle()
	}
	c.sweep()
	if c.verdict == closed && !slices.ContainsFunc(c.attempts, (*attempt).busy) {
		c.ua.telephones.left(c, false)
	}
}

// begin makes the call, unless its telephone has to be waited for.
func (c *Call) begin(now time.Time) {
	c.until = now.Add(clearance)
	if !c.ua.telephones.waits(c) {
		c.goOn(now)
	}
}

// goOn ends the waiting. It checks what no trunk can help with and tries the first one.
func (c *Call) goOn(now time.Time) {
	if c.verdict != open || c.until.IsZero() {
		return
	}
	c.until = time.Time{}
	if detail := c.dial.check(); detail != "" {
		c.fail(Outcome{Cause: NotFound, Detail: detail})
		return
	}
	c.next(now, Outcome{Cause: NoTrunk, Retryable: true})
}

// next tries the next trunk; without one, last is the outcome.
func (c *Call) next(now time.Time, last Outcome) {
	for {
		name, full, ok := c.ua.take(now, &c.dial, c.tried)
		if !ok {
			c.fail(c.exhausted(last, full))
			return
		}
		c.tried = append(c.tried, name)
		c.moves.to = ""
		t := c.ua.trunks[name]
		c.ways = newWays(now, c.hops(t), tighter(c.dial.ProgressTimeout, t.ProgressTimeout))
		err := c.try(now, t)
		if err == nil {
			return
		}
		o := invite.Outcome{Kind: invite.Transport}
		c.ua.learn(now, name, o, err.Error())
		last = c.outcome(name, o, trunk.Classify(o))
		last.Detail = err.Error()
	}
}

// hops are the addresses of a trunk to try. A call of an account goes where the registrar has said, if it has
// (https://www.rfc-editor.org/rfc/rfc3608#section-5), and to no other.
func (c *Call) hops(t *Trunk) []hop {
	hops := c.ua.peers.hops(t)
	if line := c.ua.registrations.lineOf(t, c.dial.Account); line != nil && len(line.routes) > 0 && len(hops) > 1 {
		return hops[:1]
	}
	return hops
}

// try tries the next address of a trunk at which the call has a place.
func (c *Call) try(now time.Time, t *Trunk) error {
	to, limits, err := c.ways.next(now)
	if err != nil {
		c.ua.leave(t.Name)
		return err
	}
	a, err := newAttempt(c, t, to, limits)
	if err != nil {
		c.ua.leave(t.Name)
		return err
	}
	c.attempts = append(c.attempts, a)
	a.step(now, invite.Start{})
	return nil
}

// failed takes the failure of an attempt. Where it is that of one address, the trunk's next one is tried; it is the last one
// that the trunk is judged by.
func (c *Call) failed(now time.Time, a *attempt, o invite.Outcome) {
	v := trunk.Classify(o, a.trunk.StopCodes...)
	out := c.outcome(a.trunk.Name, o, v)
	out.Detail = a.fault
	if c.verdict == open && c.redirected(now, a, o) {
		c.ua.learn(now, a.trunk.Name, o, a.fault)
		return
	}
	goOn := c.verdict == open && v.Next && !out.Alerted
	if trunk.AtAddress(o) {
		c.ua.peers.rest(now, a.next, o.RetryAfter)
		if goOn && c.ways.more(now) {
			c.ua.enter(a.trunk.Name)
			if c.try(now, a.trunk) == nil {
				return
			}
		}
	}
	c.ua.learn(now, a.trunk.Name, o, a.fault)
	switch {
	case c.verdict != open: // the deadline or Hangup came first
	case goOn:
		c.next(now, out)
	default:
		c.fail(out)
	}
}

func (c *Call) outcome(name string, o invite.Outcome, v trunk.Verdict) Outcome {
	return Outcome{
		Cause: v.Cause, Retryable: v.Retryable, Status: o.Status, Phrase: o.Phrase, Reason: o.Reason,
		Q850: trunk.Q850(o.Reason), RetryAfter: o.RetryAfter, Trunk: name, Attempts: len(c.tried),
		Alerted: c.alerted || o.Alerted,
	}
}

// timeOut gives up at the dial's deadline; protocol.md §7.4.
func (c *Call) timeOut(now time.Time) {
	out, why := Outcome{Cause: Unavailable, Retryable: true, Attempts: len(c.tried), Alerted: c.alerted}, invite.NotReached
	if c.alerted {
		out.Cause, why = NoAnswer, invite.NotAnswered
	}
	if len(c.tried) > 0 {
		out.Trunk = c.tried[len(c.tried)-1]
	}
	c.fail(out)
	c.hangUp(now, why)
}

func (c *Call) hangUp(now time.Time, why invite.Reason) {
	for _, a := range slices.Clone(c.attempts) {
		a.step(now, invite.Hangup{Reason: why})
	}
	if c.verdict == open { // nothing was under way
		c.fail(Outcome{Cause: Cancelled, Attempts: len(c.tried)})
	}
}

// abandon reports what is still owed and forgets the rest: the time for clean-up is over.
func (c *Call) abandon() {
	switch c.verdict {
	case open:
		c.fail(Outcome{Cause: Cancelled, Retryable: true, Attempts: len(c.tried), Detail: "shutting down"})
	case answered:
		c.ended(Ended{})
	}
	c.forget()
}

func (c *Call) forget() {
	for _, a := range c.attempts {
		a.forget()
	}
	c.attempts = nil
}

// sweep forgets attempts that have nothing left to do.
func (c *Call) sweep() {
	c.attempts = slices.DeleteFunc(c.attempts, func(a *attempt) bool {
		if a.over() {
			a.forget()
			return true
		}
		return false
	})
}

func (c *Call) progressed(e invite.Progress) {
	if c.verdict != open || (c.progress && (c.alerted || !e.Alerted)) {
		return
	}
	c.progress, c.alerted = true, c.alerted || e.Alerted
	c.report(Progress{Status: e.Status, Alerted: e.Alerted})
}

func (c *Call) early(sdp string) {
	if c.verdict == open {
		c.report(EarlyMedia{SDP: []byte(sdp)})
	}
}

func (c *Call) answered(e Answered) {
	if c.verdict == open {
		c.verdict = answered
		c.report(e)
	}
}

// hear reports what happens while the call is answered.
func (c *Call) hear(e Event) {
	if c.verdict == answered {
		c.report(e)
	}
}

func (c *Call) ended(e Ended) {
	if c.verdict == answered {
		c.verdict = closed
		c.ua.telephones.leaves(c)
		c.report(e)
	}
}

func (c *Call) fail(o Outcome) {
	if c.verdict == open {
		c.verdict = closed
		c.ua.telephones.leaves(c)
		c.report(Failed{o})
	}
}
