package sip

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/netip"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/trunk"
)

// attempt executes what the pure machine decides about one INVITE through one trunk.
type attempt struct {
	leg

	// settings
	call     *Call
	target   gosip.Uri      // Request-URI
	identity []gosip.Header // who calls, besides From
	body     []byte         // empty: the offer is the callee's
	route    []string       // of the INVITE

	// out
	stopc chan struct{} // closed when the INVITE is not to be repeated any more: nobody wants its call

	// state
	machine *invite.Client
	try     int            // the latest INVITE
	invite  *gosip.Request // and what was sent
	preview string         // the latest description of a provisional response
	answer  []byte         // body of the 2xx at hand
	told    []Header       // and what else it says
	moved   []string       // where a 3xx sends the call
	fault   string         // why the INVITE could not be sent
	edge    netip.Addr     // that is let in because the INVITE goes there and not to the trunk; invalid: none
	placed  bool           // it has a place at its trunk
	final   bool           // it has had its outcome
}

// newAttempt is one at an address of a trunk. Each has a Call-ID of its own: what comes late from one address is never taken
// for another's answer, nor the same INVITE by two ways for one that runs in a circle (docs/adr/0018).
func newAttempt(c *Call, t *Trunk, to hop, limits limits) (*attempt, error) {
	a := &attempt{leg: newLeg(c.ua, t, &c.box), call: c, stopc: make(chan struct{}), placed: true}
	a.callID, a.localTag, a.next = rand.Text(), newTag(), to
	a.network = to.network
	var err error
	if a.target, err = c.target(t); err != nil {
		return nil, err
	}
	a.local, a.identity = t.identify(c.caller(t))
	a.local.Params = gosip.HeaderParams{{K: "tag", V: a.localTag}}
	if a.remote, err = c.addressee(t); err != nil {
		return nil, err
	}
	a.host = a
	switch {
	case c.dial.Delayed:
		a.events.ours = false
	case c.dial.SDP != nil:
		a.body, a.events.ours = a.own(c.dial.SDP), false
	default:
		if a.body, err = a.describe(); err != nil {
			return nil, err
		}
		a.body = a.own(a.body)
	}
	a.machine = invite.New(invite.Config{
		ProgressTimeout: limits.progress,
		Silence:         limits.silence,
		RingTimeout:     tighter(c.dial.RingTimeout, t.RingTimeout),
		Delayed:         c.dial.Delayed,
	})
	a.take(c.ua.registrations.lineOf(t, c.dial.Account))
	c.ua.table.put(&a.leg, a)
	return a, nil
}

// take uses what the registrar has said of the account that the call is of; nil: nothing. The first route is where the
// INVITE goes (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.2): the trunk as long as its name was not found.
func (a *attempt) take(line *accountLine) {
	a.route = a.trunk.proxyRoute()
	if line == nil {
		return
	}
	a.auth.account = line.account
	if a.route = append(a.route, line.routes...); len(a.route) > len(line.routes) || len(a.route) == 0 {
		return
	}
	if to := a.wayTo(parseRoute(a.route[0]), a.next); to != a.next {
		a.next, a.edge = to, to.addr.Addr()
		a.ua.peers.hold(a.edge)
	}
}

// name is what traces call it.
func (a *attempt) name() string { return a.call.dial.ID }

func (a *attempt) trace() string { return a.call.dial.TraceParent }

// forget takes the attempt out of the dialog table: nothing more of it can come.
func (a *attempt) forget() {
	a.vacate()
	if a.close() {
		a.ua.table.drop(&a.leg)
		if a.edge.IsValid() {
			a.ua.peers.release(a.edge)
		}
	}
}

// step tells the machine and does what it says, in order.
func (a *attempt) step(now time.Time, in invite.Input) {
	for _, e := range a.machine.Step(now, in) {
		switch e := e.(type) {
		case invite.SendInvite:
			a.sendInvite(e)
		case invite.StopInvite:
			close(a.stopc)
		case invite.SendCancel:
			cancel := newCancel(a.invite)
			cancel.AppendHeader(gosip.NewHeader("Reason", string(e.Reason)))
			a.request(cancel, nil, func(time.Time, *gosip.Response, error) {})
		case invite.SendAck:
			a.sendAck(e.ToTag)
		case invite.SendBye:
			a.sendBye(a.dialog(e.ToTag), e, func(now time.Time, in invite.ByeResponse) { a.step(now, in) })
		case invite.Progress:
			a.call.progressed(e)
		case invite.EarlyMedia:
			a.preview = e.SDP
			a.call.early(e.SDP)
		case invite.Answered:
			a.answered(now, e)
		case invite.Ended:
			a.final = true
			a.settle()
			a.exchanged(now, invite.Over{})
			a.call.ended(Ended{ByRemote: e.Remote, Reason: e.Reason, Q850: trunk.Q850(e.Reason)})
		case invite.Failed:
			a.final = true
			a.settle()
			a.call.failed(now, a, e.Outcome)
		}
	}
}

// answered makes the dialog the call.
func (a *attempt) answered(now time.Time, e invite.Answered) {
	d := a.dialog(e.ToTag)
	a.exchange.start(a.ua, d, true)
	a.session.agreed = a.session.said
	a.timer.Agreed(now, d.terms)
	a.exchange.pass = a.call.dial.PassOffers
	switch {
	case a.call.dial.Delayed && d.settled:
		a.owes = owes{open: true, next: now.Add(answerWithin)}
		a.exchange.last = pair{a.session.said, d.said}
	case a.events.ours: // a 2xx need not repeat what was said early (https://www.rfc-editor.org/rfc/rfc6337#section-3.1.1)
		a.exchange.last = pair{a.session.said, cmp.Or(string(a.answer), d.said, a.preview)}
	case !a.call.dial.Delayed && (a.exchange.pass || a.call.dial.SDP != nil):
		a.exchange.last = pair{a.session.said, cmp.Or(string(a.answer), d.said)}
	}
	a.call.winner = a
	a.ua.alive(now, a.trunk.Name)
	a.ua.peers.wake(a.next)
	a.call.answered(Answered{Alerted: e.Alerted || a.call.alerted, SDP: a.answer, Trunk: a.trunk.Name, Headers: a.told})
	if !a.machine.Waiting() {
		a.exchanged(now, invite.Confirmed{})
	}
}

// input takes what somebody wants of the answered call: first of all perhaps an answer to the offer in the 2xx.
func (a *attempt) input(now time.Time, in invite.ExchangeInput) {
	if a.owes.open || !a.machine.Waiting() {
		a.change(now, in)
		return
	}
	switch in := in.(type) {
	case invite.Accept:
		x := &a.exchange
		if d := x.dialog; len(d.offer) > 0 {
			d.acking = a.own([]byte(in.SDP))
			x.last = pair{string(d.acking), string(d.offer)}
		}
	case invite.Reject: // too late for that: a call without media
	default:
		a.exchanged(now, in)
		return
	}
	a.step(now, invite.Acknowledge{})
	a.exchanged(now, invite.Confirmed{})
}

// hear reports what happens in the answered call.
func (a *attempt) hear(e Event) { a.call.hear(e) }

// quit hangs the call up.
func (a *attempt) quit(now time.Time, why invite.Reason) { a.call.hangUp(now, why) }

// over reports that nothing more will be sent.
func (a *attempt) over() bool { return a.machine.Done() && a.quiet() }

func (a *attempt) sendInvite(e invite.SendInvite) {
	a.try = e.Try
	a.invite = a.newInvite(uint32(e.Try))
	a.auth.authorise(a.invite, e.Auth)
	if err := a.fit(a.invite); err != nil {
		a.fault = err.Error()
		a.call.box.post(func(now time.Time) { a.step(now, invite.TransportFailed{Try: e.Try}) })
		return
	}
	a.network = gosip.NetworkToLower(a.invite.Transport())
	a.request(a.invite, a.stopc, func(now time.Time, res *gosip.Response, err error) {
		switch {
		case err == nil:
			a.response(now, e.Try, res)
		case errors.Is(err, gosip.ErrTransactionTimeout):
			a.step(now, invite.TransactionTimeout{Try: e.Try})
		default:
			a.fault = a.ua.transportFault(a.next, err)
			a.step(now, invite.TransportFailed{Try: e.Try})
		}
	})
}

// responded takes a response from observe. The CSeq of an attempt's INVITEs is the number of the try; whatever is above
// is a re-INVITE's.
func (a *attempt) responded(now time.Time, res *gosip.Response) {
	if seq := int(res.CSeq().SeqNo); seq <= a.try {
		a.response(now, seq, res)
		return
	}
	a.reinvited(now, res)
}

// response takes a response to the INVITE: 1xx and 2xx from observe, others from the transaction.
func (a *attempt) response(now time.Time, try int, res *gosip.Response) {
	if a.gone {
		return // it was on its way from observe
	}
	tag := toTag(res)
	if res.IsProvisional() && !a.provisional(res) {
		return
	}
	if res.IsSuccess() {
		d := a.dialog(tag)
		d.confirm(res)
		a.answer, a.told = description(res), taken(res, a.trunk.HeadersIn)
		switch {
		case !a.call.dial.Delayed || d.acking != nil:
		case d.settled:
			a.answer = []byte(d.said)
		default:
			d.offer = a.answer
		}
	}
	in := invite.Response{
		Try: try, Status: res.StatusCode, Phrase: res.Reason, ToTag: tag,
		Reason: headerValue(res, "Reason"), RetryAfter: seconds(headerValue(res, "Retry-After")), Challenge: a.auth.learn(res), Adjusted: a.adjusted(res),
		Settled: res.IsSuccess() && a.dialog(tag).settled,
	}
	if res.IsProvisional() {
		in.SDP = string(description(res))
	}
	a.moved = elsewhere(res)
	a.step(now, in)
	a.answer, a.told, a.moved = nil, nil, nil
}

func (a *attempt) sendAck(tag string) {
	d := a.dialog(tag)
	ack := d.request(gosip.ACK, d.inviteSeq)
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		// https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4
		gosip.CopyHeaders(name, a.invite, ack)
	}
	if len(a.body) == 0 && !d.settled {
		if d.acking == nil && len(d.offer) > 0 {
			d.acking = a.park(d.offer)
		}
		if d == a.exchange.dialog {
			a.session.agreed = string(d.acking)
		}
		d.offer = nil
		describe(ack, d.acking)
	}
	if a.fit(ack) == nil {
		a.write(ack)
	}
}

// dialog finds or begins the dialog of a fork.
func (a *attempt) dialog(tag string) *dialog {
	if d := a.known(tag); d != nil {
		return d
	}
	d := newDialog(&a.leg, tag, a.invite.CSeq().SeqNo, a.target)
	a.dialogs = append(a.dialogs, d)
	return d
}

// tighter is the shorter of two limits; 0: none.
func tighter(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// newTag is unguessable: nobody who has not seen our messages can end our dialogs.
func newTag() string { return rand.Text()[:16] }
