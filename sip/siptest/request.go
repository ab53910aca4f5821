package siptest

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

type requestKey struct {
	branch string
	method gosip.RequestMethod
}

// request is the client side of a request of ours (https://www.rfc-editor.org/rfc/rfc3261#section-17.1).
type request struct {
	call     *Call
	dialog   *dialog // nil for the INVITE of a new call and its CANCEL
	key      requestKey
	req      *gosip.Request
	to       peer
	wire     wire
	interval time.Duration
	until    time.Time
	alarm    *alarm
	progress bool // a provisional response came
	done     bool
	fork     bool // another way of a call's INVITE: it makes no dialog
}

// copyTransaction gives a CANCEL, or the ACK of a refusal, the headers of its INVITE.
func copyTransaction(req, invite *gosip.Request, to *gosip.ToHeader) {
	req.AppendHeader(invite.Via())
	for _, h := range invite.GetHeaders("Route") {
		req.AppendHeader(h)
	}
	req.AppendHeader(invite.From())
	req.AppendHeader(to)
	req.AppendHeader(invite.CallID())
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: req.Method})
	hops := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.SetBody(nil)
}

// via is the topmost Via of a request of ours, with a branch of its own.
func (p *PBX) via(to peer) *gosip.ViaHeader {
	params := gosip.HeaderParams{{K: "branch", V: "z9hG4bK-pbx-" + p.number()}, {K: "rport"}}
	return &gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: to.transport(), Host: p.host, Port: p.port, Params: params,
	}
}

func (c *Call) bye(d *dialog, opts ...Option) { c.send(d, gosip.BYE, newParts(0, "", opts)) }

// send sends a request inside a dialog. p.mu is held.
func (c *Call) send(d *dialog, method gosip.RequestMethod, x parts) {
	if c.invite == nil || d.target.Host == "" {
		c.pbx.complain("%s: no Contact to send %s to", c.id, method)
		return
	}
	if method == gosip.INVITE && x.sdp == nil && !x.noSDP {
		x.sdp = offerSDP(c.pbx.host, c.port)
	}
	if x.contact != "" && (method == gosip.INVITE || method == gosip.UPDATE) {
		d.contact = x.contact // a new target
	}
	if method == gosip.BYE {
		c.pbx.stats.Hangups++
	}
	c.start(d, d.request(method, c.peer, x))
}

// start sends a request and repeats it until it is answered. p.mu is held.
func (c *Call) start(d *dialog, req *gosip.Request) *request {
	r := &request{
		call: c, dialog: d, key: requestKey{branch(req), req.Method}, req: req, to: c.peer, wire: c.pbx.newWire(req),
		interval: T1, until: time.Now().Add(giveUp),
	}
	c.pbx.requests[r.key] = r
	c.sentOnes = append(c.sentOnes, r)
	c.pbx.transmit(r.to, r.wire)
	r.arm()
	return r
}

func (r *request) arm() {
	wait := time.Until(r.until)
	if !r.to.reliable() {
		wait = min(wait, r.interval)
	}
	r.alarm = r.call.pbx.agenda.after(wait, r.tick)
}

func (r *request) tick() {
	r.alarm = nil
	p := r.call.pbx
	if !time.Now().Before(r.until) {
		p.complain("%s: %s was never answered", r.call.id, r.key.method)
		r.finish()
		return
	}
	p.repeat(r.to, r.wire)
	r.interval *= 2
	if r.key.method != gosip.INVITE {
		r.interval = min(r.interval, T2)
	}
	r.arm()
}

// finish notes down that the request has its answer, or will never have one.
func (r *request) finish() {
	p := r.call.pbx
	p.agenda.stop(r.alarm)
	r.alarm = nil
	r.done = true
	if r.key.method == gosip.BYE {
		r.dialog.end()
	}
	r.call.settle()
}

// receiveResponse takes the answer to a request of ours; others are stray copies. p.mu is held.
func (p *PBX) receiveResponse(res *gosip.Response) {
	r := p.requests[requestKey{branch(res), res.CSeq().MethodName}]
	if r == nil {
		return
	}
	invite := r.key.method == gosip.INVITE
	switch {
	case r.done && !invite:
		return
	case res.StatusCode < 200:
		r.progress = true
		if invite {
			p.agenda.stop(r.alarm)
			r.alarm = nil
			r.early(res)
		}
	case invite:
		if r.dialog == nil && !r.fork {
			r.call.checkAnswer(res)
		}
		r.acknowledge(res)
	}
	r.call.deliver(res)
	if res.StatusCode >= 200 && !r.done {
		r.finish()
	}
}

// acknowledge sends the ACK, again for every copy: that of a refusal belongs to the INVITE's transaction (17.1.1.3),
// that of a 2xx to the dialog (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4).
func (r *request) acknowledge(res *gosip.Response) {
	c := r.call
	if res.StatusCode >= 300 {
		ack := gosip.NewRequest(gosip.ACK, r.req.Recipient)
		copyTransaction(ack, r.req, res.To())
		c.pbx.transmit(r.to, c.pbx.newWire(ack))
		return
	}
	d := r.dialog
	if d == nil {
		d = c.callee(res)
	}
	if contact := res.Contact(); contact != nil {
		d.target = contact.Address
	}
	d.confirm()
	ack := d.request(gosip.ACK, r.to, parts{sdp: r.answer(res)})
	ack.CSeq().SeqNo = r.req.CSeq().SeqNo
	if c.manners.WithholdACK {
		c.withheld = ack
		return
	}
	c.pbx.transmit(r.to, c.pbx.newWire(ack))
}

// answer is what the ACK carries: the answer to the offer that an INVITE without one brings.
func (r *request) answer(res *gosip.Response) []byte {
	switch {
	case len(r.req.Body()) > 0:
		return nil
	case r.dialog == nil:
		return r.call.acking
	default:
		return mirrorSDP(res.Body(), r.call.pbx.host, r.call.port)
	}
}

// early takes a provisional response to a call of ours: from 101 on there is a dialog to end.
func (r *request) early(res *gosip.Response) {
	if r.dialog == nil && !r.fork && res.StatusCode > 100 {
		r.call.checkAnswer(res)
		if d := r.call.callee(res); res.Contact() != nil {
			d.target = res.Contact().Address
		}
	}
}
