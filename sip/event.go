package sip

import (
	"time"

	"tieline/sip/trunk"
)

// Event is what a call reports: any number of Progress and EarlyMedia (a dial only), then exactly one Failed, or exactly one Answered
// and then exactly one Ended. Between those two comes what the methods of [Leg] bring about.
//
//sumtype:decl
type Event interface{ event() }

// Progress says that the callee is being reached: once at the first provisional response beyond 100, and once more if
// the callee's telephone begins to ring after that.
type Progress struct {
	Status  int  // 101–199
	Alerted bool // a 180 has been received
}

// EarlyMedia brings the answer to our offer that a provisional response has: what can be heard before the call is answered.
// It follows the Progress of the same response, and is told once for each description. The forks of an INVITE have
// theirs; the last one counts. Answered may repeat it or not. A dial that is Delayed has none, and one that goes on to
// another trunk begins anew.
type EarlyMedia struct{ SDP []byte }

// Answered says that the callee took the call; of an [Incoming], that the caller knows.
type Answered struct {
	Alerted bool   // it rang before: a 180 was received, or sent
	SDP     []byte // the peer's description: its answer to our offer, or its offer
	Trunk   string
}

// Failed says that the call did not come about. Cleaning up behind it goes on unseen.
type Failed struct{ Outcome }

// Ended says that an answered call is over.
type Ended struct {
	ByRemote bool   // the peer hung up; otherwise we did
	Reason   string // value of the Reason header of the peer's BYE
	Q850     int    // the cause that Reason names; 0: none
}

// Renegotiated brings the peer's description: its answer to our [Leg.Offer] or, where that was empty, its offer, to be
// answered with [Leg.AnswerOffer]; or its answer to the offer of ours that it has asked for.
type Renegotiated struct{ SDP []byte }

// OfferFailed says that nothing comes of the offer under way: the session stays as it was. It may be ours, which the peer
// has refused (Status), or the peer's, which it has cancelled (Cause Cancelled) or which was not answered in time
// (NoAnswer). Where the peer does not know the call any more, or does not answer at all, Ended follows.
type OfferFailed struct{ Outcome }

// PeerOffer is an offer of the peer's: a hold, a change of codecs or of addresses. It wants [Leg.AnswerOffer] or
// [Leg.RejectOffer] within 20 seconds.
type PeerOffer struct {
	SDP []byte // nil: it asks for an offer of ours; its answer comes as Renegotiated
}

// DTMF is digits that the peer has sent by INFO: 0–9, *, #, A–D.
type DTMF struct{ Digits string }

// DTMFSent says that the peer has taken all digits of a [Leg.SendDTMF].
type DTMFSent struct{}

// DTMFFailed says that it has not; some of them it may have.
type DTMFFailed struct{ Outcome }

// ReferProgress says what the peer has heard from whom it was referred to, after [Leg.Refer].
type ReferProgress struct{ Status int } // 100–199

// Referred is what came of a [Leg.Refer]. Cause 0: the peer talks to whom it was referred to.
type Referred struct{ Outcome }

func (ReferProgress) event() {}
func (Referred) event()      {}
func (DTMF) event()          {}
func (DTMFSent) event()      {}
func (DTMFFailed) event()    {}
func (Progress) event()      {}
func (EarlyMedia) event()    {}
func (Answered) event()      {}
func (Failed) event()        {}
func (Ended) event()         {}
func (Renegotiated) event()  {}
func (OfferFailed) event()   {}
func (PeerOffer) event()     {}

// Outcome is why a dial failed. What the peer said (Status, Phrase, Reason) is passed on as it came: PBXs disagree
// about the rest.
type Outcome struct {
	Cause      Cause
	Retryable  bool          // the same dial may succeed later
	Status     int           // final SIP status; 0: none came. Of an Incoming: the one that was sent
	Phrase     string        // its reason phrase
	Reason     string        // value of its Reason header (RFC 3326). Of an Incoming: of the caller's CANCEL or BYE
	Q850       int           // the cause that Reason names; 0: none
	RetryAfter time.Duration // 0: none
	Trunk      string        // the trunk of the last attempt; empty: none
	Attempts   int           // trunks tried, by a dial
	Alerted    bool          // the callee's telephone rang
	Detail     string        // what of ours was at fault, for a log; no numbers, no secrets
}

// Cause is why a dial failed, in the words of protocol.md §2.
type Cause = trunk.Cause

// The causes.
const (
	Busy              = trunk.Busy
	Rejected          = trunk.Rejected
	NotFound          = trunk.NotFound
	NoAnswer          = trunk.NoAnswer
	Unavailable       = trunk.Unavailable
	Forbidden         = trunk.Forbidden
	IncompatibleMedia = trunk.IncompatibleMedia
	Congestion        = trunk.Congestion
	Network           = trunk.Network
	Cancelled         = trunk.Cancelled
	NoTrunk           = trunk.NoTrunk
)
