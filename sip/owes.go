package sip

import (
	"time"

	"tieline/sip/invite"
)

// owes is the answer to an offer that had to be answered before anybody could be asked, without media: that of a reliable
// provisional response to an INVITE of ours without one. It is given by a re-INVITE, once the call is answered.
type owes struct {
	open bool      // nobody has given it yet
	sent bool      // it was given, and has not arrived
	next time.Time // open: the call is hung up; sent: it met another offer, and is sent again; zero: neither
}

// answerWithin is how long the answer to a callee's offer is waited for, wherever that has come.
const answerWithin = 20 * time.Second

// give sends it.
func (l *leg) give(now time.Time, sdp string) {
	l.owes = owes{sent: true}
	l.session.agreed = string(l.own([]byte(sdp)))
	l.exchange.last.ours = l.session.agreed
	l.exchanged(now, invite.Renew{})
}

// arrived takes that the peer has what was agreed.
func (l *leg) arrived() { l.owes.sent = false }

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
