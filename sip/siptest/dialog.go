package siptest

import (
	gosip "github.com/emiago/sipgo/sip"
)

// dialog is one dialog of a call; a forked call has several.
type dialog struct {
	call      *Call
	tag       string          // ours
	confirmed bool            // a 2xx was sent or received
	ended     bool            // by BYE, or by a refusal of its INVITE
	contact   string          // our Contact URI
	route     string          // our Record-Route, "" none
	answer    *gosip.Response // the 2xx of a call of ours
	target    gosip.Uri       // the other side's Contact
	seq       uint32          // of our requests
	theirSeq  uint32
}

// live tells whether the dialog is answered and not ended.
func (d *dialog) live() bool { return d.confirmed && !d.ended }

// answered notes down a 2xx of ours to the INVITE that made the dialog.
func (d *dialog) answered() {
	if !d.confirmed {
		d.call.pbx.stats.Answered++
	}
	d.confirm()
}

// confirm notes down a 2xx; it may be said twice.
func (d *dialog) confirm() {
	if !d.confirmed {
		d.call.pbx.stats.Open++
	}
	d.confirmed = true
}

// end notes down that the dialog is over; it may be said twice.
func (d *dialog) end() {
	if d.live() {
		d.call.pbx.stats.Open--
	}
	d.ended = true
}

// refresh takes over a new remote target (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.2).
func (d *dialog) refresh(req *gosip.Request) {
	if contact := req.Contact(); contact != nil && (req.Method == gosip.INVITE || req.Method == gosip.UPDATE) {
		d.target = contact.Address
	}
}

// check holds a request against https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1.
func (d *dialog) check(req *gosip.Request) {
	if got := req.CSeq().SeqNo; got <= d.theirSeq {
		d.call.pbx.complain("%s: %s with CSeq %d after %d", d.call.id, req.Method, got, d.theirSeq)
	} else {
		d.theirSeq = got
	}
	d.checkPath(req)
}

// checkPath holds Request-URI and Route against the dialog's Contact and Record-Route. Where a strict router is the first one
// to be passed, the Contact is the last route (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1).
func (d *dialog) checkPath(req *gosip.Request) {
	p, id := d.call.pbx, d.call.id
	routes := req.GetHeaders("Route")
	strict := len(routes) > 0 && routes[len(routes)-1].Value() == "<"+d.contact+">"
	if got := req.Recipient.String(); got != d.contact && !strict {
		p.complain("%s: %s to %s instead of the Contact %s", id, req.Method, got, d.contact)
	}
	if d.call.outgoing {
		d.checkRoutes(req)
		return
	}
	if d.route == "" {
		return
	}
	if routes := req.GetHeaders("Route"); len(routes) != 1 || routes[0].Value() != d.route {
		p.complain("%s: %s with Route %v instead of %s", id, req.Method, routes, d.route)
	}
}

// checkRoutes holds the Route of a callee's request against the Record-Route of our INVITE
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1).
func (d *dialog) checkRoutes(req *gosip.Request) {
	if want, got := listed(d.call.invite, "Record-Route"), listed(req, "Route"); want != got {
		d.call.pbx.complain("%s: %s with Route %q instead of %q", d.call.id, req.Method, got, want)
	}
}

// request builds a request of ours inside the dialog.
func (d *dialog) request(method gosip.RequestMethod, to peer, x parts) *gosip.Request {
	c := d.call
	req := gosip.NewRequest(method, d.target)
	req.AppendHeader(c.pbx.via(to))
	for _, r := range d.routes() {
		req.AppendHeader(r)
	}
	from, remote := c.invite.From(), (*gosip.ToHeader)(nil)
	if c.outgoing {
		remote = d.answer.To()
	} else {
		theirs := from.AsTo()
		ours := c.invite.To().AsFrom()
		if !ours.Params.Has("tag") {
			ours.Params.Add("tag", d.tag)
		}
		from, remote = &ours, &theirs
	}
	req.AppendHeader(from)
	req.AppendHeader(remote)
	req.AppendHeader(c.invite.CallID())
	if method != gosip.ACK {
		d.seq++
	}
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: d.seq, MethodName: method})
	finish(req, x, d.contact)
	return req
}

// routes is the route set: as it came for the callee, reversed for the caller
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.1).
func (d *dialog) routes() []gosip.Header {
	var recorded []gosip.Header
	if d.answer != nil {
		recorded = d.answer.GetHeaders("Record-Route")
	} else {
		recorded = d.call.invite.GetHeaders("Record-Route")
	}
	routes := make([]gosip.Header, len(recorded))
	for i, r := range recorded {
		if d.answer != nil {
			i = len(recorded) - 1 - i
		}
		routes[i] = gosip.NewHeader("Route", r.Value())
	}
	return routes
}

// finish adds what every request of ours has.
func finish(req *gosip.Request, x parts, contact string) {
	hops := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	if x.contact != "" {
		contact = x.contact
	}
	req.AppendHeader(gosip.NewHeader("Contact", "<"+contact+">"))
	for _, h := range x.headers {
		req.AppendHeader(h)
	}
	setBody(req, x)
}
