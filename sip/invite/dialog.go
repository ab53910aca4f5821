package invite

import "time"

// dialog is what is known of one fork by its To tag: a 2xx, a BYE of the peer's, or both, in either order.
type dialog struct {
	tag       string
	confirmed bool      // its 2xx was received
	gone      bool      // the peer said BYE
	reason    string    // why
	retried   bool      // our BYE was repeated with credentials
	why       Reason    // of our BYE
	byeUntil  time.Time // our BYE is pending, at most until then; zero: it is not
}

// dialog returns the dialog with this tag, a new one if need be. The pointer is good until the next call.
func (c *Client) dialog(tag string) *dialog {
	for i := range c.dialogs {
		if c.dialogs[i].tag == tag {
			return &c.dialogs[i]
		}
	}
	c.dialogs = append(c.dialogs, dialog{tag: tag})
	return &c.dialogs[len(c.dialogs)-1]
}

// answer makes d the call. If its BYE was faster than its 2xx the call is over already.
func (c *Client) answer(now time.Time, d *dialog) {
	c.state, c.early = answered, nil
	c.until = now.Add(giveUpAfter)
	c.emit(Answered{ToTag: d.tag, Alerted: c.alerted})
	if d.gone {
		c.end(Ended{Remote: true, Reason: d.reason})
	}
}

// clear looks after what a late 2xx has left behind.
func (c *Client) clear(now time.Time) {
	c.state = clearing
	c.until = now.Add(giveUpAfter)
}

// acknowledge sends the ACK that has waited for its answer.
func (c *Client) acknowledge() {
	if !c.ackBy.IsZero() {
		c.ackBy = time.Time{}
		c.emit(SendAck{ToTag: c.winner})
	}
}

// Waiting reports that the ACK waits for Acknowledge.
func (c *Client) Waiting() bool { return !c.ackBy.IsZero() }

// end tells the end of the call. The ACK goes before everything else
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4).
func (c *Client) end(e Ended) {
	c.acknowledge()
	c.state = clearing
	c.emit(e)
}

// cleared is when nothing more can come of clearing: 64·T1 after the first 2xx no copy and no fork follows
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4), and no BYE is pending.
func (c *Client) cleared() time.Time {
	t := c.until
	for i := range c.dialogs {
		if u := c.dialogs[i].byeUntil; u.After(t) {
			t = u
		}
	}
	return t
}

// bye hangs d up, unless the peer has.
func (c *Client) bye(now time.Time, d *dialog, why Reason) {
	if bye, ok := d.bye(now, why); ok {
		c.emit(bye)
	}
}

// bye is what hangs the dialog up, unless the peer has.
func (d *dialog) bye(now time.Time, why Reason) (SendBye, bool) {
	if d.gone {
		return SendBye{}, false
	}
	d.why, d.byeUntil = why, now.Add(giveUpAfter)
	return SendBye{ToTag: d.tag, Auth: d.retried, Reason: why}, true
}

// peerBye takes the peer's BYE. One that meets no 2xx yet is remembered: its sender cannot have sent it on an early
// dialog (https://www.rfc-editor.org/rfc/rfc3261#section-15), so the 2xx is on its way to us. Where both sides hang
// up at once the dialog is over, whatever comes of our BYE.
func (c *Client) peerBye(in PeerBye) {
	if c.state == idle {
		return
	}
	d := c.dialog(in.ToTag)
	d.gone, d.reason, d.byeUntil = true, in.Reason, time.Time{}
	if c.state == answered && d.tag == c.winner {
		c.end(Ended{Remote: true, Reason: in.Reason})
	}
}

func (c *Client) byeResponse(now time.Time, r ByeResponse) {
	if bye, ok := c.dialog(r.ToTag).byeResponse(now, r); ok {
		c.emit(bye)
	}
}

// byeResponse takes what came of our BYE. The dialog is over with it, be it 200, 408, 481 or nothing at all
// (https://www.rfc-editor.org/rfc/rfc3261#section-15.1.1); only a challenge deserves a second BYE, since a peer that
// challenges would otherwise keep its side of the call.
func (d *dialog) byeResponse(now time.Time, r ByeResponse) (again SendBye, ok bool) {
	if d.byeUntil.IsZero() || r.Status >= 100 && r.Status < 200 {
		return SendBye{}, false
	}
	d.byeUntil = time.Time{}
	if (r.Status == 401 || r.Status == 407) && r.Challenge != NoChallenge && !d.retried {
		d.retried = true
		return d.bye(now, d.why)
	}
	return SendBye{}, false
}
