package sip

import (
	mrand "math/rand/v2"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/dtmf"
	"tieline/sip/invite"
	"tieline/sip/offer"
)

// leg is our side of a call with a trunk, whoever placed it: what all requests inside its dialogs have in common, and
// what is owed to the peer. The goroutine behind box owns it; ua, trunk, box, callID and localTag never change and may
// be read by anybody.
type leg struct {
	// settings
	ua       *UserAgent
	trunk    *Trunk
	box      *mailbox
	callID   string
	localTag string
	local    gosip.FromHeader // From of our requests, with our tag
	remote   gosip.ToHeader   // and To, without the peer's
	next     hop              // the way to the trunk

	// out
	donec chan struct{} // closed when nothing more of it can happen: its transactions end, too
	host  host
	heard turn // of a provisional response to a request other than INVITE; nil: nobody cares

	// state
	network  string // that the INVITE went over
	sips     bool   // all URIs of the call are sips:
	auth     credentials
	session  session
	timer    *invite.Timer
	exchange exchange
	sender   dtmf.Sender
	events   events
	referral referral
	dialogs  []*dialog // ours: one for each fork that answered with a 2xx; theirs: one
	owed     []*answer // 2xx of ours to the peer's re-INVITE that wait for their ACK
	owes     owes
	pending  int  // transactions of ours without a final response
	gone     bool // forgotten
}

// session numbers our descriptions (https://www.rfc-editor.org/rfc/rfc3264#section-8).
// Its host stays the one that it began with, also where a request has to move to another network.
type session struct {
	id, version uint64
	host        string
	said        string // the latest description, which has this version
	agreed      string // the latest that was offered or answered with success
}

// host is the call that a leg is of.
type host interface {
	hear(e Event)                          // reports, as long as the call is answered
	quit(now time.Time, why invite.Reason) // hangs up
}

func newLeg(u *UserAgent, t *Trunk, box *mailbox) leg {
	return leg{
		ua: u, trunk: t, box: box, network: t.Transport, sips: t.SIPS, donec: make(chan struct{}),
		auth:    credentials{account: u.accounts[t.Name]},
		session: session{id: uint64(mrand.Int64())},
		timer:   invite.NewTimer(invite.TimerConfig(t.SessionTimer)),
		events:  events{ours: t.DigitsByRTP && u.cfg.Media != nil},
	}
}

func (l *leg) post(f turn) bool { return l.box.post(f) }

// describe is our description of a call without media; or, where digits go by RTP, with those of ours. See own.
func (l *leg) describe() ([]byte, error) {
	if l.events.ours {
		p := l.params()
		return offer.Playing(p, p.Host, l.ua.cfg.Media.Port())
	}
	return offer.Parked(l.params())
}

// match is our answer to an offer of the peer's that nobody else answers; see describe. A peer that takes no digits by RTP
// need not send us anything.
func (l *leg) match(theirs []byte) ([]byte, error) {
	if l.events.ours {
		p := l.params()
		if body, err := offer.Active(p, theirs, p.Host, l.ua.cfg.Media.Port()); err == nil {
			return body, nil
		}
	}
	return offer.Inactive(l.params(), theirs)
}

func (l *leg) params() offer.Params {
	s := &l.session
	if s.host == "" {
		s.host = strings.Trim(l.ua.advertised(hop{l.network, l.next.addr}).host, "[]")
	}
	return offer.Params{SessionID: s.id, Version: s.version, Host: s.host}
}

// known is the dialog with a peer's tag, or nil.
func (l *leg) known(tag string) *dialog {
	for _, d := range l.dialogs {
		if d.remoteTag == tag {
			return d
		}
	}
	return nil
}

// sendBye ends the dialog with the machine's tag; told takes what came of it.
func (l *leg) sendBye(d *dialog, e invite.SendBye, told func(time.Time, invite.ByeResponse)) {
	d.seq++
	bye := d.request(gosip.BYE, d.seq)
	if e.Reason != "" {
		bye.AppendHeader(gosip.NewHeader("Reason", string(e.Reason)))
	}
	l.auth.authorise(bye, e.Auth)
	_ = l.fit(bye) // where it fails, sending does, too
	l.request(bye, nil, func(now time.Time, res *gosip.Response, err error) {
		in := invite.ByeResponse{ToTag: e.ToTag}
		if err == nil {
			in.Status, in.Challenge = res.StatusCode, l.auth.learn(res)
		}
		told(now, in)
	})
}

// settled takes the ACK for a 2xx of ours to a re-INVITE.
func (l *leg) settled(now time.Time, ack *gosip.Request) {
	seq := ack.CSeq().SeqNo
	if x := &l.exchange; l.events.ours && x.asking == seq && len(description(ack)) > 0 {
		x.last.theirs, x.asking = string(description(ack)), 0
		l.attune(now)
	}
	l.stopRepeating(seq)
	l.exchanged(now, invite.PeerAck{Seq: seq, SDP: string(description(ack))})
}

func (l *leg) stopRepeating(seq uint32) {
	l.owed = slices.DeleteFunc(l.owed, func(w *answer) bool { return w.seq == seq })
}

// due is when resend has something to do; zero: never.
func (l *leg) due() time.Time {
	var next time.Time
	for _, w := range l.owed {
		next = sooner(next, w.next)
	}
	if x := l.exchange.machine; x != nil {
		next = sooner(next, sooner(l.timer.Deadline(), l.owes.next))
		next = sooner(next, sooner(x.Deadline(), sooner(l.sender.Deadline(), l.referral.until)))
	}
	return next
}

// resend does what is due: it repeats what has had no ACK. false: there was none for 64·T1, and the call is to be hung up
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4).
func (l *leg) resend(now time.Time) bool {
	if x := l.exchange.machine; x != nil {
		if d := x.Deadline(); !d.IsZero() && !d.After(now) {
			l.exchanged(now, invite.Tick{})
		}
		l.keepAlive(now)
		l.repay(now)
		if d := l.sender.Deadline(); !d.IsZero() && !d.After(now) {
			l.digits(now, dtmf.Tick{}, Outcome{})
		}
		if d := l.referral.until; !d.IsZero() && !d.After(now) {
			l.referred(Referred{Outcome{Cause: NoAnswer, Retryable: true, Trunk: l.trunk.Name, Detail: "no news of the transfer"}, true})
		}
	}
	for _, w := range l.owed {
		if now.Before(w.next) {
			continue
		}
		if !now.Before(w.until) {
			l.owed = nil
			return false
		}
		l.ua.finishAgain(w)
		w.interval = min(2*w.interval, t2)
		w.next = now.Add(w.interval)
		if w.next.After(w.until) {
			w.next = w.until
		}
	}
	return true
}

// quiet reports that no offer inside the call awaits anything any more. A 2xx of ours goes on being repeated behind a BYE, as
// that of the call's INVITE does: its INVITE has no final response otherwise.
func (l *leg) quiet() bool { return l.exchange.done() && len(l.owed) == 0 }

// close ends the leg's transactions and lets its next hops no longer in. false: it was closed before.
func (l *leg) close() bool {
	if l.gone {
		return false
	}
	l.gone = true
	l.hush()
	close(l.donec)
	for _, d := range l.dialogs {
		d.release()
	}
	l.dialogs, l.owed = nil, nil
	return true
}

// sooner is the first of two deadlines; zero: none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
