package sip

import (
	"errors"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/dtmf"
	"tieline/sip/invite"
	"tieline/sip/offer"
	"tieline/sip/trunk"
)

// exchange executes what the pure machine decides about offers and answers inside the dialog of an answered call.
type exchange struct {
	machine *invite.Exchange
	dialog  *dialog // nil: not answered yet
	pass    bool    // the peer's offers are passed on

	// Our re-INVITEs.
	seqs   []uint32       // CSeq of each try
	invite *gosip.Request // the latest, until it has its final response or, for a 2xx, its ACK
	theirs string         // the offer in its 2xx that is to be answered in the ACK
	acks   []sentAck      // of those whose 2xx may come again

	requests []peerRequest // the peer's, without a final response

	last   pair   // what both sides agreed on, where it is more than a parked call
	ours   string // our description under way; empty: none
	asking uint32 // CSeq of the peer's re-INVITE whose ACK answers an offer that we have made on the spot; 0: none
}

// pair is the two descriptions of a session.
type pair struct{ ours, theirs string }

// sentAck is the ACK of a 2xx, for its copies.
type sentAck struct {
	ack   *gosip.Request
	until time.Time
}

// start makes the exchange one of a dialog.
func (x *exchange) start(u *UserAgent, d *dialog, ownsCallID bool) {
	x.dialog = d
	if x.machine == nil {
		x.machine = invite.NewExchange(invite.ExchangeConfig{OwnsCallID: ownsCallID, Chance: u.chance})
	}
}

// done reports that no response to a re-INVITE of ours is awaited any more.
func (x *exchange) done() bool { return x.machine == nil || x.machine.Done() }

// exchanged tells the machine and does what it says, in order.
func (l *leg) exchanged(now time.Time, in invite.ExchangeInput) {
	x := &l.exchange
	if x.machine == nil || l.gone {
		return
	}
	if _, over := in.(invite.Over); over {
		l.sender, l.referral.until = dtmf.Sender{}, time.Time{} // nobody listens any more
		l.timer.Stop()
		l.owes = owes{}
		l.hush()
	}
	for _, e := range x.machine.Step(now, in) {
		switch e := e.(type) {
		case invite.SendReinvite:
			l.sendReinvite(e)
		case invite.CancelReinvite:
			l.request(newCancel(x.invite), nil, func(time.Time, *gosip.Response, error) {})
		case invite.AckReinvite:
			l.ackReinvite(now, e)
		case invite.SendTrying:
			l.sendTrying(e.Seq)
		case invite.AcceptOffer:
			l.acceptOffer(now, e)
		case invite.RefuseOffer:
			l.refuseOffer(e)
		case invite.Withdraw:
			l.withdrawn(e.Seq)
		case invite.Renegotiated:
			l.agreed(e)
		case invite.Renewed:
			l.renewed(e)
		case invite.RenewFailed:
			if !l.returned(now, e.Again) {
				l.unrefreshed(now, e.Outcome, e.Again)
			}
		case invite.OfferFailed:
			o := l.outcome(e.Outcome)
			o.Retryable = o.Retryable || e.Again > 0
			l.host.hear(OfferFailed{Outcome: o, Again: e.Again})
		case invite.OfferGone:
			l.host.hear(PeerOfferGone{l.outcome(e.Outcome)})
		case invite.Offered:
			l.overtaken()
			l.host.hear(PeerOffer{SDP: bytesOf(e.SDP)})
		case invite.GiveUp:
			l.host.quit(now, invite.DialogLost)
		}
	}
}

func (l *leg) outcome(o invite.Outcome) Outcome {
	v := trunk.Classify(o)
	if o.Kind == invite.Expired {
		v.Cause = NoAnswer
	}
	return Outcome{
		Cause: v.Cause, Retryable: v.Retryable, Status: o.Status, Phrase: o.Phrase, Reason: o.Reason,
		Q850: trunk.Q850(o.Reason), RetryAfter: o.RetryAfter, Trunk: l.trunk.Name,
	}
}

// sendReinvite sends an INVITE inside the dialog (https://www.rfc-editor.org/rfc/rfc3261#section-14.1).
func (l *leg) sendReinvite(e invite.SendReinvite) {
	x := &l.exchange
	d := x.dialog
	d.seq++
	x.seqs = append(x.seqs, d.seq)
	req := d.request(gosip.INVITE, d.seq)
	req.AppendHeader(l.contact(hopOf(req)))
	req.AppendHeader(gosip.NewHeader("Allow", allow))
	appendAll(req, l.trunk.supported())
	l.lasting(req)
	x.ours = l.offering(e)
	describe(req, []byte(x.ours))
	if !e.Auth {
		l.auth.learned = 0 // a new request may be challenged anew
	}
	l.auth.authorise(req, e.Auth)
	x.invite = req
	if l.fit(req) != nil {
		l.post(func(now time.Time) { l.exchanged(now, invite.TransportFailed{Try: e.Try}) })
		return
	}
	l.request(req, nil, func(now time.Time, res *gosip.Response, err error) {
		switch {
		case err == nil:
			l.reinvited(now, res)
		case errors.Is(err, gosip.ErrTransactionTimeout):
			l.exchanged(now, invite.TransactionTimeout{Try: e.Try})
		default:
			l.exchanged(now, invite.TransportFailed{Try: e.Try})
		}
	})
}

// offering is the description of a re-INVITE.
func (l *leg) offering(e invite.SendReinvite) string {
	if e.Renew {
		return string(l.own([]byte(l.session.agreed)))
	}
	l.events.ours = false // whoever makes offers has media to offer
	if e.SDP == "" {
		return ""
	}
	return string(l.own([]byte(e.SDP)))
}

// reinvited takes a response to a re-INVITE: 1xx and 2xx from observe, others from the transaction.
func (l *leg) reinvited(now time.Time, res *gosip.Response) {
	x := &l.exchange
	try := slices.Index(x.seqs, res.CSeq().SeqNo) + 1
	if l.gone || try == 0 || x.dialog == nil || toTag(res) != x.dialog.remoteTag {
		return
	}
	if res.IsSuccess() {
		if l.acknowledgeAgain(now, res.CSeq().SeqNo) {
			return
		}
		x.dialog.refresh(res) // https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2
		l.timer.Agreed(now, terms(res, false))
	}
	in := invite.Response{
		Try: try, Status: res.StatusCode, Phrase: res.Reason, Reason: strings.Clone(headerValue(res, "Reason")),
		Challenge: l.auth.learn(res), Adjusted: l.adjusted(res), SDP: string(description(res)),
	}
	if v := headerValue(res, "Retry-After"); v != "" {
		in.RetryAfter = max(seconds(v), time.Millisecond) // 0 means at once, not never
	}
	l.exchanged(now, in)
}

// acknowledgeAgain repeats the ACK for a copy of its 2xx (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4).
func (l *leg) acknowledgeAgain(now time.Time, seq uint32) bool {
	x := &l.exchange
	x.acks = slices.DeleteFunc(x.acks, func(a sentAck) bool { return now.After(a.until) })
	for _, a := range x.acks {
		if a.ack.CSeq().SeqNo == seq {
			l.write(a.ack)
			return true
		}
	}
	return false
}

// ackReinvite acknowledges the 2xx of a try.
func (l *leg) ackReinvite(now time.Time, e invite.AckReinvite) {
	x := &l.exchange
	seq := x.seqs[e.Try-1]
	ack := x.dialog.request(gosip.ACK, seq)
	if current := x.invite; current != nil && current.CSeq().SeqNo == seq {
		for _, name := range []string{"Authorization", "Proxy-Authorization"} {
			gosip.CopyHeaders(name, current, ack)
		}
		x.invite = nil
	}
	describe(ack, l.acking(e))
	if l.fit(ack) != nil {
		return
	}
	x.acks = append(x.acks, sentAck{ack: ack, until: now.Add(64 * t1)})
	l.write(ack)
}

// acking is the answer that an ACK carries; nil: none.
func (l *leg) acking(e invite.AckReinvite) []byte {
	x := &l.exchange
	theirs := x.theirs
	x.theirs = ""
	switch {
	case e.SDP != "":
		body := l.own([]byte(e.SDP))
		x.last, l.session.agreed = pair{string(body), theirs}, string(body)
		return body
	case e.Park && theirs != "":
		body := l.park([]byte(theirs))
		x.last, l.session.agreed = pair{string(body), theirs}, string(body)
		return body
	}
	return nil
}

// park answers an offer in an ACK, where it cannot be refused, without media.
func (l *leg) park(theirs []byte) []byte {
	body, err := offer.Inactive(l.params(), theirs)
	if err != nil {
		body, _ = l.describe()
	}
	return l.own(body)
}

// agreed takes the peer's description: the answer to ours, or what is to be answered in the ACK.
func (l *leg) agreed(e invite.Renegotiated) {
	x := &l.exchange
	if e.Offer {
		x.theirs = e.SDP
	} else {
		x.last, l.session.agreed = pair{x.ours, e.SDP}, x.ours
	}
	l.host.hear(Renegotiated{SDP: []byte(e.SDP), Offer: e.Offer})
}

// renewed takes the answer to what was agreed before.
func (l *leg) renewed(e invite.Renewed) {
	x, given := &l.exchange, l.owes.sent
	l.owes.sent = false
	if x.last.theirs == "" || e.SDP == "" {
		return
	}
	was := x.last.theirs
	x.last = pair{x.ours, e.SDP}
	if x.pass && !given && !alike(was, e.SDP) {
		l.news(e.SDP)
	}
}

// alike reports that two descriptions say the same, or cannot be compared.
func alike(a, b string) bool {
	d, err := offer.Parse([]byte(a))
	e, err2 := offer.Parse([]byte(b))
	return err != nil || err2 != nil || d.Same(e)
}

// own makes a description that is about to be sent one of our session, with the next version if it says something new
// (https://www.rfc-editor.org/rfc/rfc3264#section-8).
func (l *leg) own(sdp []byte) []byte {
	s := &l.session
	if s.said == "" || string(offer.Own(l.params(), sdp)) != s.said {
		s.version++
		s.said = string(offer.Own(l.params(), sdp))
	}
	return []byte(s.said)
}

func bytesOf(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}
