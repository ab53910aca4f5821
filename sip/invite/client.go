package invite

import "time"

// giveUpAfter is 64·T1: as long as a peer repeats a final response, and as long as we wait for a response that may
// never come (https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.2).
const giveUpAfter = 64 * 500 * time.Millisecond

// Config is what an attempt is bounded by.
type Config struct {
	// ProgressTimeout runs from Start to the first provisional response beyond 100; an authenticated retry does not
	// start it anew. 0: none.
	ProgressTimeout time.Duration
	// Silence runs from Start to the first response, be it a 100: who says nothing for so long is not there. It is of use
	// where another address can be tried. 0: none.
	Silence time.Duration
	// RingTimeout runs from the first provisional response beyond 100 to the answer. 0: none.
	RingTimeout time.Duration
	// Delayed says that the INVITE has no offer: the ACK, which has to bring the answer, waits for Acknowledge, and what
	// a provisional response describes is an offer, of no use before the call is answered.
	Delayed bool
}

// Client is one attempt. The zero Client is not usable; see [New].
type Client struct {
	cfg   Config
	state state
	out   []Effect // of the present step

	// The INVITE.
	try        int // the latest
	challenges Challenges
	heard      bool     // any response came in time
	progressed bool     // a provisional response beyond 100 came in time
	alerted    bool     // a 180 came in time
	early      []string // descriptions told so far
	why        Reason   // it is cancelled, and whatever comes of it nevertheless hung up

	// What a 2xx left behind.
	winner  string   // To tag of the call, from answered on
	dialogs []dialog // almost always one

	// Deadlines; zero: none.
	ackBy time.Time // answered: the call's 2xx has no ACK, and gets one now
	limit time.Time // calling, proceeding: the attempt fails
	quiet time.Time // calling, and nothing was heard: so it does
	until time.Time // parked, cancelling, clearing: nobody is waited for any longer
}

// New returns an attempt that waits for Start.
func New(cfg Config) *Client {
	return &Client{cfg: cfg}
}

// Step tells the attempt that in happened at now and returns what to do about it. The order of the result is the
// guarantee. Whatever was due by now goes first: a 200 that comes in at the deadline is too late.
//
// Over the life of an attempt the results hold exactly one Failed, or exactly one Answered and then exactly one Ended.
func (c *Client) Step(now time.Time, in Input) []Effect {
	c.expire(now)
	if c.state != done {
		c.apply(now, in)
		c.expire(now)
	}
	out := c.out
	c.out = nil
	return out
}

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending.
func (c *Client) Deadline() time.Time {
	switch c.state {
	case calling, proceeding:
		if !c.heard && !c.quiet.IsZero() && (c.limit.IsZero() || c.quiet.Before(c.limit)) {
			return c.quiet
		}
		return c.limit
	case parked, cancelling:
		return c.until
	case answered:
		return c.ackBy
	case clearing:
		return c.cleared()
	default:
		return time.Time{}
	}
}

// Done reports that the attempt has had its outcome and that nothing more will be sent, ever: it may be forgotten.
func (c *Client) Done() bool { return c.state == done }

// expire does what is due by now.
func (c *Client) expire(now time.Time) {
	due := c.Deadline()
	if due.IsZero() || now.Before(due) {
		return
	}
	switch c.state {
	case calling, proceeding:
		kind := NoProgress
		if c.progressed {
			kind = RingTimeout
		}
		c.abandon(now, kind, kind.reason())
	case answered: // nobody has an answer to the offer: a call without media is of no use
		c.hangup(now, NoMedia)
	default:
		c.finish()
	}
}

func (c *Client) apply(now time.Time, in Input) {
	switch in := in.(type) {
	case Start:
		c.start(now)
	case Response:
		c.response(now, in)
	case TransactionTimeout:
		c.unanswered(now, in.Try, Timeout)
	case TransportFailed:
		c.broken(now, in.Try)
	case Acknowledge:
		c.acknowledge()
	case Hangup:
		c.hangup(now, in.Reason.or(NormalClearing))
	case PeerBye:
		c.peerBye(in)
	case ByeResponse:
		c.byeResponse(now, in)
	case Tick:
	}
}

func (c *Client) start(now time.Time) {
	if c.state != idle {
		return
	}
	c.limit, c.quiet = after(now, c.cfg.ProgressTimeout), after(now, c.cfg.Silence)
	c.invite()
}

// invite sends the next INVITE. Until a provisional response to this very one, CANCEL has to wait.
func (c *Client) invite() {
	c.try++
	c.state = calling
	c.emit(SendInvite{Try: c.try, Auth: c.try > 1})
}

// hangup gets out of whatever there is.
func (c *Client) hangup(now time.Time, why Reason) {
	switch c.state {
	case idle:
		c.fail(Outcome{Kind: Cancelled})
		c.finish()
	case calling, proceeding:
		c.abandon(now, Cancelled, why)
	case answered:
		c.end(Ended{Reason: why.unasked()})
		c.bye(now, c.dialog(c.winner), why)
	}
}

// abandon fails an attempt whose INVITE is still pending: the outcome at once, CANCEL and its clean-up behind it.
//
// A CANCEL must not leave before a provisional response, lest it overtake its INVITE
// (https://www.rfc-editor.org/rfc/rfc3261#section-9.1).
func (c *Client) abandon(now time.Time, kind Kind, why Reason) {
	c.why = why
	mayCancel := c.state == proceeding
	c.fail(Outcome{Kind: kind})
	if mayCancel {
		c.cancel(now)
		return
	}
	c.emit(StopInvite{})
	c.state = parked
	c.until = now.Add(giveUpAfter)
}

// cancel sends the CANCEL. Without a final response 64·T1 later the INVITE counts as cancelled
// (https://www.rfc-editor.org/rfc/rfc3261#section-9.1).
func (c *Client) cancel(now time.Time) {
	c.state = cancelling
	c.until = now.Add(giveUpAfter)
	c.emit(SendCancel{Reason: c.why})
}

// unanswered ends an INVITE that gets no final response any more
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.1). Where it was only that nothing came back, the callee may have its
// last copy: should he say so now, he is told that nobody waits for him.
func (c *Client) unanswered(now time.Time, try int, kind Kind) {
	if try != c.try || !c.Pending() {
		return
	}
	switch {
	case c.state.open() && kind == Timeout:
		c.abandon(now, kind, kind.reason())
		return
	case c.state.open():
		c.fail(Outcome{Kind: kind})
	}
	c.finish()
}

// broken takes the loss of the INVITE's connection. Who sent a provisional response has the INVITE and goes on with it:
// the CANCEL finds its own way there, and a 2xx that comes all the same finds us
// (https://www.rfc-editor.org/rfc/rfc3261#section-18.2.2).
func (c *Client) broken(now time.Time, try int) {
	switch {
	case try == c.try && c.state == proceeding:
		c.abandon(now, Transport, Transport.reason())
	case c.state != cancelling:
		c.unanswered(now, try, Transport)
	}
}

// fail tells the outcome.
func (c *Client) fail(o Outcome) {
	o.Heard, o.Progressed, o.Alerted = c.heard, c.progressed, c.alerted
	c.emit(Failed{o})
}

// finish forgets everything.
func (c *Client) finish() {
	c.state = done
	c.dialogs, c.early = nil, nil
}

func (c *Client) emit(e Effect) { c.out = append(c.out, e) }

// after is the deadline d from now, or none.
func after(now time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return now.Add(d)
}
