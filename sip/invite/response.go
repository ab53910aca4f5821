package invite

import (
	"slices"
	"time"
)

// maxStale bounds how often a stale nonce is answered: a peer that calls each nonce stale would keep us busy for ever.
const maxStale = 2

func (c *Client) response(now time.Time, r Response) {
	if c.state == idle || r.Status < 100 || r.Status > 699 {
		return
	}
	c.heard = true
	switch {
	case r.Status < 200:
		c.provisional(now, r)
	case r.Status < 300:
		c.success(now, r.ToTag, r.Settled)
	default:
		c.refusal(r)
	}
}

// provisional takes a 1xx. It allows a CANCEL, whatever else it says.
func (c *Client) provisional(now time.Time, r Response) {
	if r.Try != c.try {
		return // of an INVITE that was challenged since
	}
	switch c.state {
	case calling:
		c.state = proceeding
		c.progress(now, r)
	case proceeding:
		c.progress(now, r)
	case parked:
		c.cancel(now)
	}
}

// progress tells what is new about the callee. An unknown provisional response counts as a 183
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.3.2); a 199 says that one fork failed, not that the callee is
// being reached (https://www.rfc-editor.org/rfc/rfc6228#section-4).
func (c *Client) progress(now time.Time, r Response) {
	if r.Status == 100 || r.Status == 199 {
		return
	}
	first := !c.progressed
	rings := r.Status == 180 && !c.alerted
	c.progressed = true
	c.alerted = c.alerted || rings
	if first {
		c.limit = after(now, c.cfg.RingTimeout)
	}
	if first || rings {
		c.emit(Progress{Status: r.Status, Alerted: c.alerted})
	}
	c.earlyMedia(r.SDP)
}

// earlyMedia tells a description that is new. Within one early dialog it does not change
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.1), and copies of provisional responses keep coming.
func (c *Client) earlyMedia(sdp string) {
	if sdp == "" || c.cfg.Delayed || slices.Contains(c.early, sdp) {
		return
	}
	c.early = append(c.early, sdp)
	c.emit(EarlyMedia{SDP: sdp})
}

// success takes a 2xx, of whichever INVITE and fork. Each copy of each fork's 2xx gets its ACK, or it is repeated
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4, https://www.rfc-editor.org/rfc/rfc6026#section-7.2). The
// first one in time is the call; the others are hung up. Where the ACK waits for an answer, copies get none meanwhile.
func (c *Client) success(now time.Time, tag string, settled bool) {
	d := c.dialog(tag)
	first := !d.confirmed
	d.confirmed = true
	if first && c.cfg.Delayed && !settled && c.state.open() {
		c.ackBy = now.Add(answerWithin)
	}
	if c.ackBy.IsZero() || !c.state.open() && tag != c.winner {
		c.emit(SendAck{ToTag: tag})
	}
	if !first {
		return
	}
	switch c.state {
	case calling, proceeding:
		c.winner = tag
		c.answer(now, d)
	case parked, cancelling: // CANCEL crossed the 2xx, or came too late: https://www.rfc-editor.org/rfc/rfc3261#section-15
		c.clear(now)
		c.bye(now, d, c.why)
	case clearing: // the outcome was another one, or the call is over: its reason is that one's
		c.bye(now, d, c.why.or(Elsewhere))
	default:
		c.bye(now, d, Elsewhere)
	}
}

// refusal takes a 3xx–6xx: the end of the INVITE, or its repetition with credentials.
func (c *Client) refusal(r Response) {
	if r.Try != c.try || !c.Pending() {
		return
	}
	if c.state.open() {
		if r.Adjusted || c.challenges.Answerable(r) {
			c.invite()
			return
		}
		c.fail(Outcome{Kind: Refused, Status: r.Status, Phrase: r.Phrase, Reason: r.Reason, RetryAfter: r.RetryAfter})
	}
	c.finish()
}

// Challenges are those to one request that were answered.
type Challenges struct {
	answered [2]bool // a 401, a 407
	stale    int     // stale nonces
}

// Answerable reports whether r is a challenge worth an answer. A proxy (407) and the callee's server (401) may each
// challenge once; who challenges again has refused the credentials
// (https://www.rfc-editor.org/rfc/rfc3261#section-22.1), unless it was just the nonce that was too old
// (https://www.rfc-editor.org/rfc/rfc7616#section-3.3).
func (c *Challenges) Answerable(r Response) bool {
	if r.Status != 401 && r.Status != 407 || r.Challenge == NoChallenge {
		return false
	}
	proxy := 0
	if r.Status == 407 {
		proxy = 1
	}
	again := c.answered[proxy]
	c.answered[proxy] = true
	if r.Challenge == StaleChallenge {
		c.stale++
		return c.stale <= maxStale
	}
	return !again
}
