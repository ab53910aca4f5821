package sip

import (
	"bytes"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// Leg is an answered call, whoever placed it, as third-party call control needs it
// (https://www.rfc-editor.org/rfc/rfc3725): [Call] or [Incoming]. Its methods may be called from anywhere and return at
// once; one that does not fit the call's state is without effect.
//
// Descriptions may be anybody's: their o= is replaced by the leg's own, everything else is sent as it is.
type Leg interface {
	// Offer makes an offer inside the call, or with nil asks the peer for one. Offers wait until the call is answered and
	// nothing else is under way. [Renegotiated] or [OfferFailed] tells what came of each. A 2xx that brings an answer gets
	// its ACK at once; one that brings the offer that was asked for gets it with AnswerOffer, within 20 seconds, and is
	// repeated by the peer until then.
	Offer(sdp []byte)
	// AnswerOffer answers the offer at hand: that of a [PeerOffer], in the 2xx to it, or the one that has come in a 2xx, in
	// its ACK: with the [Renegotiated] that follows Offer(nil), or the [Answered] of a dial that is Delayed. To a PeerOffer
	// without one it gives ours. Nothing tells that it has arrived: who never gets the ACK of a 2xx of ours is hung up.
	AnswerOffer(sdp []byte)
	// RejectOffer refuses a [PeerOffer] with a status from 400 on; anything else counts as 488, and 500 goes with a
	// Retry-After. What came in a 2xx cannot be refused and is answered without media.
	RejectOffer(status int)
	// SendDTMF sends digits (0–9, *, #, A–D, and commas for pauses), one after the other: by RTP where Trunk.DigitsByRTP says
	// so and the peer takes them so, else by INFO. [DTMFSent] or [DTMFFailed] tells what came of them. Of a call that is not
	// answered it is without effect.
	SendDTMF(digits string)
	// Refer asks the peer to call a sip: URI, or a user of the trunk's domain (RFC 3515), with [ReferProgress] and one [Referred]. The call goes on,
	// whatever comes of it; the peer may hang up.
	Refer(callee string)
	// ReferTo asks the peer to take our place in another call of ours (RFC 3891): an attended transfer.
	ReferTo(other Leg)
	// Hangup ends the call.
	Hangup()
	// HangupFor ends it, as Hangup does, because of what a Reason header has said (RFC 3326), that of the [Ended] or [Failed] of
	// another leg: BYE or CANCEL say the same, as far as it is well-formed. Empty: for no other reason than Hangup's.
	HangupFor(reason string)
	// Done is closed when nothing more of the call can happen.
	Done() <-chan struct{}

	// at runs f in the goroutine that owns the answered call; false, or a call that is not answered: never.
	at(f func(now time.Time, l *leg)) bool
}

var (
	_ Leg = (*Call)(nil)
	_ Leg = (*Incoming)(nil)
)

// HangupFor implements [Leg].
func (c *Call) HangupFor(reason string) { c.hangup(passedReason(reason)) }

// HangupFor implements [Leg].
func (c *Incoming) HangupFor(reason string) { c.input(invite.Hangup{Reason: passedReason(reason)}) }

// Offer implements [Leg].
func (c *Call) Offer(sdp []byte) { c.input(offered(sdp)) }

// AnswerOffer implements [Leg].
func (c *Call) AnswerOffer(sdp []byte) { c.input(answering(sdp)) }

// RejectOffer implements [Leg].
func (c *Call) RejectOffer(status int) { c.input(rejecting(status)) }

// SendDTMF implements [Leg].
func (c *Call) SendDTMF(digits string) { sendDTMF(c, digits) }

// SendDTMF implements [Leg].
func (c *Incoming) SendDTMF(digits string) { sendDTMF(c, digits) }

func sendDTMF(c Leg, digits string) {
	c.at(func(now time.Time, l *leg) { l.sendDTMF(now, digits) })
}

// Refer implements [Leg].
func (c *Call) Refer(callee string) { refer(c, callee) }

// Refer implements [Leg].
func (c *Incoming) Refer(callee string) { refer(c, callee) }

func refer(c Leg, callee string) {
	c.at(func(now time.Time, l *leg) { l.sendRefer(now, l.referable(callee)) })
}

// ReferTo implements [Leg].
func (c *Call) ReferTo(other Leg) { referTo(c, other) }

// ReferTo implements [Leg].
func (c *Incoming) ReferTo(other Leg) { referTo(c, other) }

// referTo asks the other call's goroutine first.
func referTo(c, other Leg) {
	send := func(target string) { c.at(func(now time.Time, l *leg) { l.sendRefer(now, target) }) }
	if !other.at(func(_ time.Time, l *leg) { send(l.replacing()) }) {
		send("")
	}
}

func (c *Call) at(f func(time.Time, *leg)) bool {
	return c.box.post(func(now time.Time) {
		if c.winner != nil {
			f(now, &c.winner.leg)
		}
	})
}

func (c *Incoming) at(f func(time.Time, *leg)) bool {
	return c.post(func(now time.Time) {
		if c.verdict != open {
			f(now, &c.leg)
		}
	})
}

func (c *Call) input(in invite.ExchangeInput) {
	c.box.post(func(now time.Time) {
		if c.winner != nil {
			c.winner.input(now, in)
		}
	})
}

// Offer implements [Leg].
func (c *Incoming) Offer(sdp []byte) { c.change(offered(sdp)) }

// AnswerOffer implements [Leg].
func (c *Incoming) AnswerOffer(sdp []byte) { c.change(answering(sdp)) }

// RejectOffer implements [Leg].
func (c *Incoming) RejectOffer(status int) { c.change(rejecting(status)) }

// PassOffers has the caller's offers reported as [PeerOffer], once the call is answered. Otherwise they are answered on
// the spot, without media.
func (c *Incoming) PassOffers() { c.post(func(time.Time) { c.exchange.pass = true }) }

func (c *Incoming) change(in invite.ExchangeInput) {
	c.post(func(now time.Time) { c.leg.change(now, in) })
}

// AnswerWith takes the call with a description: the answer to the caller's offer or, where it made none, our offer, the
// answer to which comes with Answered. Empty: like Answer.
func (c *Incoming) AnswerWith(sdp []byte) {
	sdp = bytes.Clone(sdp)
	c.post(func(now time.Time) {
		if c.machine.Open() && len(sdp) > 0 {
			c.body, c.joined = sdp, true
		}
		if c.machine.Open() && len(c.body) == 0 {
			c.step(now, invite.Refuse{Status: gosip.StatusNotAcceptableHere, Phrase: phrase(488), Unfit: true})
			return
		}
		c.step(now, invite.Answer{})
	})
}

// The descriptions are copied: they are the caller's.
func offered(sdp []byte) invite.ExchangeInput { return invite.Offer{SDP: string(sdp)} }

func answering(sdp []byte) invite.ExchangeInput {
	if len(bytes.TrimSpace(sdp)) == 0 {
		return rejecting(0)
	}
	return invite.Accept{SDP: string(sdp)}
}

func rejecting(status int) invite.ExchangeInput {
	if status < 400 || status > 699 {
		status = gosip.StatusNotAcceptableHere
	}
	return invite.Reject{Status: status, Phrase: phrase(status)}
}
