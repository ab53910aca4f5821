package sip

import (
	"time"

	"tieline/sip/trunk"
)

// Event is what a call reports: any number of Progress and EarlyMedia (a dial only), then exactly one Failed, or exactly
// one Answered and then exactly one Ended. Between those two comes what the methods of [Leg] bring about, and what the
// peer does. What each is to package join is said with it.
//
//sumtype:decl
type Event interface{ event() }

// Progress says that the callee is being reached: once at the first provisional response beyond 100, and once more if
// the callee's telephone begins to ring after that.
type Progress struct {
	Status  int  // 101–199
	Alerted bool // a 180 has been received
}

// EarlyMedia brings the answer to our offer that a provisional response has, or an offer that has changed it since (UPDATE): what can be heard before the call is answered.
// It follows the Progress of the same response, and is told once for each description. The forks of an INVITE have
// theirs; the last one counts. Answered may repeat it or not. A dial that is Delayed has none, and one that goes on to
// another trunk begins anew.
//
// For package join: EarlyAnswer.
type EarlyMedia struct{ SDP []byte }

// Answered says that the callee took the call; of an [Incoming], that the caller knows.
//
// For package join: Answered, of a dial that is Delayed Supplied. Of an Incoming only where its invitation had no offer:
// otherwise the answer was ours, and nothing is new.
type Answered struct {
	Alerted bool   // it rang before: a 180 was received, or sent
	SDP     []byte // the peer's description: its answer to our offer, or its offer; nil: there was none
	Trunk   string
	Headers []Header // of a dial: those of Trunk.HeadersIn that the 2xx has
}

// Failed says that the call did not come about. Cleaning up behind it goes on unseen.
//
// For package join: of a dial Refused, which is final; of an Incoming LegEnded.
type Failed struct{ Outcome }

// Ended says that an answered call is over.
//
// For package join: LegEnded.
type Ended struct {
	ByRemote bool   // the peer hung up; otherwise we did
	Reason   string // value of the Reason header of the peer's BYE; of ours, where nobody asked for it
	Q850     int    // the cause that Reason names; 0: none
}

// Renegotiated brings the peer's description. It is an answer: to our [Leg.Offer], whose 2xx has had its ACK already, or to
// the offer of ours with which a [PeerOffer] without one was answered. Or it is the Offer that [Leg.Offer] with nil has
// asked for: then its 2xx has had no ACK, and wants [Leg.AnswerOffer] within 20 seconds, whose description goes into it.
//
// For package join: Answered; where Offer is set, Supplied.
type Renegotiated struct {
	SDP   []byte
	Offer bool
}

// OfferFailed says that nothing comes of an offer of ours, or of our asking for one: the session stays as it was. Status is
// the peer's refusal, 200 where its 2xx lacks a description, or 0 where no answer came: then, and where the peer
// does not know the call any more, Ended follows.
//
// For package join: Refused, with Again as its RetryAfter; with Status 200 what a Renegotiated would have been, without a
// description.
type OfferFailed struct {
	Outcome
	// Again is how long to wait before the next offer, where ours has met one of the peer's: our own choice after 491, the
	// peer's after 500 (https://www.rfc-editor.org/rfc/rfc3261#section-14.1). 0: the refusal is final. Making it is left to
	// whoever knows whether it is still wanted.
	Again time.Duration
}

// PeerOffer is an offer of the peer's: a hold, a change of codecs or of addresses; or what it has answered to a refresh of the
// session, where that is new. It wants [Leg.AnswerOffer] or
// [Leg.RejectOffer] within 20 seconds, unless [PeerOfferGone] comes before.
//
// For package join: Offered.
type PeerOffer struct {
	SDP []byte // nil: it asks for an offer of ours; its answer comes as Renegotiated
}

// PeerOfferGone says that an offer of the peer's, be it a [PeerOffer] or that of a [Renegotiated], wants no answer any
// more: the peer has cancelled it (Cause Cancelled), or there was none in time (NoAnswer), and it was refused with 504 or,
// in a 2xx, answered without media.
//
// For package join: Withdrawn.
type PeerOfferGone struct{ Outcome }

// DTMF is digits that the peer has sent by INFO: 0–9, *, #, A–D.
type DTMF struct{ Digits string }

// DTMFSent says that the peer has taken all digits of a [Leg.SendDTMF]; of those by RTP, that the end of the last one has left.
type DTMFSent struct{}

// DTMFFailed says that it has not; some of them it may have. Unavailable without a Status: it holds the call, and does not hear.
type DTMFFailed struct{ Outcome }

// ReferProgress says what the peer has heard from whom it was referred to, after [Leg.Refer].
type ReferProgress struct{ Status int } // 100–199

// Referred is what came of a [Leg.Refer]. Cause 0: the peer talks to whom it was referred to. Called says that these may
// have been called otherwise: the peer has taken the request, and told of a failure or of nothing.
type Referred struct {
	Outcome
	Called bool
}

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
func (PeerOfferGone) event() {}
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
	Limit      trunk.Limit   // of Trunk, that kept the call out: Cause LimitExceeded
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
	LimitExceeded     = trunk.LimitExceeded
)
