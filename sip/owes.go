package sip

import (
	"time"

	"tieline/sip/invite"
	"tieline/sip/offer"
)

// owes is the answer to a description of the peer's that had to be answered, or was an answer itself, before anybody could be
// asked: the offer in a reliable provisional response to an INVITE of ours without one, which its PRACK answers without media,
// and what a refresh of the session has brought that is new. Where it says something else than the peer has heard, it is given
// by a re-INVITE.
type owes struct {
	open bool      // nobody has given it yet
	sent bool      // it was given, and has not arrived
	next time.Time // open: the call is hung up; sent: it met another offer, and is sent again; zero: neither
}

// answerWithin is how long the answer to a callee's offer is waited for, wherever that has come.
const answerWithin = 20 * time.Second

// change takes what somebody wants of an answered call: first of all perhaps the answer that we owe, unless a request of the
// peer's waits for one.
func (l *leg) change(now time.Time, in invite.ExchangeInput) {
	owed := l.owes.open && len(l.exchange.requests) == 0
	switch in := in.(type) {
	case invite.Accept:
		if owed {
			l.give(now, in.SDP)
			return
		}
	case invite.Reject:
		if owed { // it has one, for good
			l.owes = owes{}
			return
		}
	default:
	}
	l.exchanged(now, in)
}

// news reports what a refresh has brought: as an offer, since the other side may have to hear of it.
func (l *leg) news(sdp string) {
	l.owes = owes{open: true}
	l.host.hear(PeerOffer{SDP: []byte(sdp)})
}

// overtaken takes that an offer of the peer's has come: what a refresh has brought is of no interest any more.
func (l *leg) overtaken() {
	if l.owes.open && l.owes.next.IsZero() {
		l.owes = owes{}
		l.host.hear(PeerOfferGone{Outcome{Cause: Cancelled, Trunk: l.trunk.Name}})
	}
}

// give sends it.
func (l *leg) give(now time.Time, sdp string) {
	if l.owes = (owes{}); string(offer.Own(l.params(), []byte(sdp))) == l.session.said {
		return
	}
	l.owes.sent = true
	l.session.agreed = string(l.own([]byte(sdp)))
	l.exchange.last.ours = l.session.agreed
	l.exchanged(now, invite.Renew{})
}

// returned takes that it was refused. true: that was about an answer that we owe; without it the call has no media, and is
// of no use.
func (l *leg) returned(now time.Time, again time.Duration) bool {
	switch {
	case !l.owes.sent:
		return false
	case again > 0:
		l.owes.next = now.Add(again)
	default:
		l.host.quit(now, invite.NoMedia)
	}
	return true
}

// repay sends it again when that is due, or gives up waiting for it.
func (l *leg) repay(now time.Time) {
	o := &l.owes
	if o.next.IsZero() || o.next.After(now) {
		return
	}
	o.next = time.Time{}
	if o.open {
		l.host.quit(now, invite.NoMedia)
		return
	}
	l.exchanged(now, invite.Renew{})
}
