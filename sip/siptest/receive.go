package siptest

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// receiveRequest sorts requests: by transaction first, then by dialog. p.mu is held.
func (p *PBX) receiveRequest(from peer, req *gosip.Request) {
	toTag, inside := req.To().Params.Get("tag")
	if !strings.HasPrefix(branch(req), gosip.RFC3261BranchMagicCookie) { // RFC 3261 section 8.1.1.7
		p.complain("%s: %s with branch %q", req.CallID().Value(), req.Method, branch(req))
	}
	switch {
	case req.Method == gosip.ACK:
		p.receiveACK(req, toTag)
	case req.Method == gosip.CANCEL:
		p.receiveCancel(from, req)
	case req.Method == gosip.INVITE && p.invites[branch(req)] != nil:
		s := p.invites[branch(req)]
		if s.last.data != nil {
			p.repeat(s.from, s.last)
		}
		s.call.settle()
	case !inside && req.Method == gosip.INVITE:
		p.receiveInvite(from, req)
	case !inside:
		p.receiveOutside(from, req)
	default:
		p.receiveInside(from, req, toTag)
	}
}

// receiveInvite takes a new call in.
func (p *PBX) receiveInvite(from peer, req *gosip.Request) {
	c := p.newCall(from, req)
	if challenge, ok := p.challenge(req); ok {
		c.respond(c.first, challenge)
		return
	}
	p.stats.Calls++
	if b, ok := p.config.Numbers[req.Recipient.User]; ok {
		c.perform(b)
		return
	}
	if p.config.Otherwise != nil {
		c.perform(*p.config.Otherwise)
		return
	}
	c.messages = newQueue[gosip.Message]()
	p.incoming.push(c)
}

// receiveOutside answers, without state, a request that belongs to no call.
func (p *PBX) receiveOutside(from peer, req *gosip.Request) {
	if req.Method == gosip.REGISTER && p.config.Registrar.Silent {
		if p.config.Registrar.Trying {
			p.reply(from, req, Reply(100, ""))
		}
		return
	}
	if challenge, ok := p.challenge(req); ok {
		p.reply(from, req, challenge)
		return
	}
	switch req.Method {
	case gosip.OPTIONS:
		if p.options.status > 0 {
			p.reply(from, req, p.options)
		}
	case gosip.REGISTER:
		p.register(from, req)
	default:
		p.complain("%s: %s outside a dialog", req.CallID().Value(), req.Method)
		p.reply(from, req, Reply(481, ""))
	}
}

// receiveInside handles a request inside a dialog.
func (p *PBX) receiveInside(from peer, req *gosip.Request, tag string) {
	c := p.call(req.CallID().Value(), tag)
	if c == nil {
		p.complain("%s: %s for a dialog that does not exist", req.CallID().Value(), req.Method)
		p.reply(from, req, Reply(481, "", Tag(tag)))
		return
	}
	d := c.dialog(tag)
	if e := c.heard(req); e != nil {
		if e.answer.data != nil {
			p.repeat(from, e.answer)
		}
		c.settle()
		return
	}
	d.check(req)
	c.hears(from, req)
	if req.Method == gosip.INVITE {
		p.serve(c, from, req)
	}
	if challenge, ok := p.challenge(req); ok {
		c.answer(req, challenge)
		return
	}
	d.refresh(req)
	c.deliver(req)
	if c.manners.answers(req.Method) {
		c.answer(req, Reply(usual(req.Method), ""))
	}
}

// usual is the status a request inside a dialog gets by default.
func usual(method gosip.RequestMethod) int {
	if method == gosip.REFER {
		return 202
	}
	return 200
}

// reply answers a request that has no INVITE transaction. p.mu is held.
func (p *PBX) reply(to peer, req *gosip.Request, r Response) wire {
	if r.tag == "" {
		r.tag = "pbx-" + p.number()
	}
	w := p.newWire(newResponse(req, to, r.parts))
	p.transmit(to, w)
	return w
}

// receiveACK finds the response that is acknowledged: a refusal by its branch (17.1.1.3), a 2xx by dialog and CSeq.
func (p *PBX) receiveACK(req *gosip.Request, tag string) {
	id, seq := req.CallID().Value(), req.CSeq().SeqNo
	if s := p.invites[branch(req)]; s != nil && s.status >= 300 {
		s.call.deliver(req)
		s.ack("")
		return
	}
	if len(p.calls[id]) == 0 {
		p.complain("%s: ACK for nothing", id)
		return
	}
	for _, c := range p.calls[id] {
		for _, s := range c.servers {
			if s.seq == seq && s.status/100 == 2 && (len(p.calls[id]) == 1 || c.dialog(tag) != nil) {
				s.receiveACK(req, tag)
				return
			}
		}
	}
	p.complain("%s: ACK with CSeq %d, which no INVITE has", id, seq)
}

// receiveACK takes the ACK of a 2xx.
func (s *inviteServer) receiveACK(req *gosip.Request, tag string) {
	c := s.call
	if branch(req) == s.branch {
		c.pbx.complain("%s: the ACK of a 2xx has the branch of its INVITE", c.id)
	}
	if d := c.dialog(tag); d != nil {
		d.checkPath(req)
	}
	c.deliver(req)
	s.ack(tag)
}

// ack acknowledges the final response of a tag; "" takes any.
func (s *inviteServer) ack(tag string) {
	for _, f := range s.finals {
		if tag == "" || f.tag == tag {
			f.ack()
		}
	}
}

// receiveCancel obeys a CANCEL as the call's manners say.
func (p *PBX) receiveCancel(from peer, req *gosip.Request) {
	s := p.invites[branch(req)]
	if s == nil {
		p.complain("%s: CANCEL for no INVITE", req.CallID().Value())
		p.reply(from, req, Reply(481, ""))
		return
	}
	c := s.call
	if s.cancelled {
		if c.manners.answers(gosip.CANCEL) {
			p.stats.Repeated++
			p.reply(from, req, Reply(200, "", Tag(c.tag)))
		}
		return
	}
	s.checkCancel(req)
	s.cancelled = true
	if s.status == 0 {
		p.stats.Cancelled++
		p.agenda.stop(c.next)
	}
	c.deliver(req)
	if !c.manners.answers(gosip.CANCEL) {
		c.hears(from, req)
		return
	}
	refuse := func() {
		if s.status == 0 {
			c.respond(s, Reply(487, ""))
		}
	}
	if c.manners.Cancel == RefuseThenCancel {
		refuse()
	}
	p.reply(from, req, Reply(200, "", Tag(c.tag)))
	if c.manners.Cancel == CancelThenRefuse {
		refuse()
	}
}

// checkCancel holds a CANCEL against https://www.rfc-editor.org/rfc/rfc3261#section-9.1.
func (s *inviteServer) checkCancel(req *gosip.Request) {
	p, id := s.call.pbx, s.call.id
	if got := req.Recipient.String(); got != s.target {
		p.complain("%s: CANCEL to %s, its INVITE went to %s", id, got, s.target)
	}
	if got := req.CSeq().SeqNo; got != s.seq {
		p.complain("%s: CANCEL with CSeq %d, its INVITE has %d", id, got, s.seq)
	}
	if !s.progressed {
		p.complain("%s: CANCEL before any provisional response", id)
	}
}
