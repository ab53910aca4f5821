package siptest

import (
	"cmp"
	"context"

	gosip "github.com/emiago/sipgo/sip"
)

// Call is one call at the PBX, incoming or made with [PBX.Dial]. Its methods send at once, in the order they are
// called. A method that needs something the call does not have (a BYE without a dialog) sends nothing and is a
// complaint.
type Call struct {
	// settings
	pbx      *PBX
	id       string
	outgoing bool
	contact  string

	// state, guarded by pbx.mu
	port      int    // of its media
	tag       string // of our first dialog
	invite    *gosip.Request
	peer      peer
	manners   Manners
	behaviour Behaviour
	next      *alarm         // of the behaviour
	first     *inviteServer  // nil when outgoing
	calling   *request       // nil when incoming
	acking    []byte         // body of the ACK of its 2xx
	remoteTag string         // when outgoing: that of all responses beyond 100
	withheld  *gosip.Request // the ACK of the latest 2xx, as long as it is withheld
	servers   []*inviteServer
	sentOnes  []*request
	dialogs   []*dialog
	latest    map[gosip.RequestMethod]*exchange
	forgotten *alarm

	// out
	messages *queue[gosip.Message] // nil when a number answers
}

// exchange is the latest request of a method inside the call, and its answer, for repetitions: they may come late.
type exchange struct {
	branch string
	from   peer
	answer wire
}

// heard is the exchange of a request; nil: it is none of the latest.
func (c *Call) heard(req *gosip.Request) *exchange {
	if e := c.latest[req.Method]; e != nil && e.branch == branch(req) {
		return e
	}
	return nil
}

func (c *Call) hears(from peer, req *gosip.Request) {
	if c.latest == nil {
		c.latest = map[gosip.RequestMethod]*exchange{}
	}
	c.latest[req.Method] = &exchange{branch: branch(req), from: from}
}

// newCall makes the call of an INVITE. p.mu is held.
func (p *PBX) newCall(from peer, req *gosip.Request) *Call {
	c := &Call{pbx: p, id: req.CallID().Value(), invite: req, peer: from, manners: p.config.Manners}
	n := p.number()
	c.tag, c.port = "pbx-"+n, p.mediaPort()
	// The user part is not the number, as in real Contacts.
	c.contact = from.contact(req.Recipient.Scheme, req.Recipient.User+"-0x"+n, p.Address())
	c.first = p.serve(c, from, req)
	p.remember(c)
	return c
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.id }

// Tag is the PBX's tag in the call's first dialog.
func (c *Call) Tag() string { return c.tag }

// Port is where the call's media are said to be received.
func (c *Call) Port() int {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	return c.port
}

// SetPort changes it from now on.
func (c *Call) SetPort(port int) {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	c.port = port
}

// Invite is the INVITE that made the call. Read only.
func (c *Call) Invite() *gosip.Request { return c.invite }

// Next returns the next message the other side sent in this call after the INVITE: requests without their repetitions,
// every ACK, every response to requests of ours. Messages are read only.
func (c *Call) Next(ctx context.Context) (gosip.Message, error) { return c.messages.pop(ctx) }

// deliver hands a message to Next. p.mu is held.
func (c *Call) deliver(m gosip.Message) {
	if c.messages != nil {
		c.messages.push(m)
	}
}

// SetManners changes the manners from now on.
func (c *Call) SetManners(m Manners) {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	c.manners = m
}

// Respond sends a response to the INVITE; an empty phrase means the usual one. 2xx are repeated until acknowledged,
// and so are refusals, unless the manners say otherwise. A 2xx and a 183 carry a description.
func (c *Call) Respond(status int, phrase string, opts ...Option) {
	c.Burst(Reply(status, phrase, opts...))
}

// Burst sends several responses to the INVITE back to back, over a stream in one write.
func (c *Call) Burst(responses ...Response) {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	if c.first == nil {
		c.pbx.complain("%s: a response to a call of our own", c.id)
		return
	}
	c.respond(c.first, append([]Response(nil), responses...)...)
}

// Repeat sends the last response to the INVITE again; of an outgoing call, the INVITE.
func (c *Call) Repeat() {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	if c.calling != nil {
		c.pbx.repeat(c.peer, c.calling.wire)
	}
	if c.first != nil && c.first.last.data != nil {
		c.pbx.repeat(c.first.from, c.first.last)
	}
}

// Answer answers a request from [Call.Next] whose method is among [Manners.Unanswered].
func (c *Call) Answer(req *gosip.Request, r Response) {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	c.answer(req, r)
}

// answer is Answer; p.mu is held.
func (c *Call) answer(req *gosip.Request, r Response) {
	if s := c.pbx.invites[branch(req)]; s != nil && req.Method == gosip.INVITE {
		c.respond(s, r)
		return
	}
	if r.tag == "" {
		r.tag = c.tag
	}
	from, e := c.peer, c.heard(req)
	if e != nil {
		from = e.from
	}
	if req.Method == gosip.UPDATE && r.status/100 == 2 {
		contact := cmp.Or(r.contact, c.contact)
		if tag, _ := req.To().Params.Get("tag"); c.dialog(tag) != nil {
			c.dialog(tag).contact = contact
		}
		r.headers = append(r.headers, gosip.NewHeader("Contact", "<"+contact+">"))
		r.headers = append(r.headers, c.granted(req)...)
		if len(req.Body()) > 0 && r.sdp == nil {
			r.sdp = c.describe(req.Body())
		}
	}
	w := c.pbx.reply(from, req, r)
	if e != nil {
		e.answer = w
	}
	tag, _ := req.To().Params.Get("tag")
	if d := c.dialog(tag); req.Method == gosip.BYE && d != nil && endsDialog(r.status) {
		if d.live() {
			c.pbx.stats.Byes++
		}
		d.end()
	}
	c.settle()
}

// endsDialog tells whether a response to BYE leaves no dialog behind; it does unless the sender has yet to prove itself.
func endsDialog(status int) bool {
	return status >= 200 && status != 401 && status != 403 && status != 407
}

// Bye ends a dialog: that of [Tag], or the first answered one. It does not wait for the ACK. [Header] adds a Reason.
func (c *Call) Bye(opts ...Option) { c.Request(gosip.BYE, opts...) }

// ReInvite sends an INVITE inside a dialog; its 2xx is acknowledged by itself. Without [SDP] it offers G.711, with
// [NoSDP] nothing.
func (c *Call) ReInvite(opts ...Option) { c.Request(gosip.INVITE, opts...) }

// Request sends any request inside the dialog of [Tag], or the first answered one. It is repeated until answered; the
// answer comes by [Call.Next].
func (c *Call) Request(method gosip.RequestMethod, opts ...Option) {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	x := newParts(0, "", opts)
	d := c.dialog(x.tag)
	if d == nil {
		c.pbx.complain("%s: no dialog to send %s in", c.id, method)
		return
	}
	c.send(d, method, x)
}

// Live tells whether the call has an answered dialog that nobody has ended.
func (c *Call) Live() bool {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	return c.liveDialog() != nil
}

func (c *Call) liveDialog() *dialog {
	for _, d := range c.dialogs {
		if d.live() {
			return d
		}
	}
	return nil
}

// dialog returns the dialog of a tag of ours, or nil. "" means the first live one, else the first. p.mu is held.
func (c *Call) dialog(tag string) *dialog {
	if tag == "" {
		if d := c.liveDialog(); d != nil {
			return d
		}
	}
	for _, d := range c.dialogs {
		if tag == "" || d.tag == tag {
			return d
		}
	}
	return nil
}

// open returns the dialog a response makes, a new one when its tag is new. p.mu is held.
func (c *Call) open(x parts) *dialog {
	d := c.dialog(x.tag)
	if d == nil {
		d = &dialog{call: c, tag: x.tag, route: c.route(), theirSeq: c.invite.CSeq().SeqNo}
		if contact := c.invite.Contact(); contact != nil {
			d.target = contact.Address
		}
		c.dialogs = append(c.dialogs, d)
	}
	d.contact = x.contact
	return d
}

// route is the Record-Route of the proxy the PBX pretends to be, or "".
func (c *Call) route() string {
	if !c.pbx.config.RecordRoute || c.outgoing {
		return ""
	}
	ftag, _ := c.invite.From().Params.Get("tag")
	return "<sip:" + c.pbx.Address() + ";lr=on;ftag=" + ftag + ">"
}
