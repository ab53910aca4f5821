package join

import (
	"time"

	"tieline/sip/offer"
)

// Input is what happened, as told to [Machine.Step].
//
//sumtype:decl
type Input interface{ input() }

// Join connects the legs' media. It is answered by Joined or Failed.
type Join struct {
	// Keep says which leg outlives the other: it is parked then, not hung up.
	Keep [2]bool
	// Hold says whose side holds the other from the beginning: of a conversation that was another machine's.
	Hold [2]bool
}

// Split takes the legs apart. It is answered by Parted or Failed.
type Split struct{ Park [2]Parking }

// Hold lets this leg's side hold the other: neither hears the other any more. It is answered by Held or Failed.
type Hold struct{ By Leg }

// Retrieve ends the Hold of this leg's side. It is answered by Retrieved or Failed.
type Retrieve struct{ By Leg }

// LegUp says that a leg has a session, made elsewhere: by us with a description of our own, or by another machine.
type LegUp struct {
	Leg Leg
	Party
}

// Party is a leg's session as one machine leaves it and another finds it.
type Party struct {
	Theirs []byte            // the party's latest description
	Given  []byte            // the latest one that it has of the other side
	Wants  []offer.Direction // what the party wants of each stream; nil: what Theirs says
}

// Offered says that a leg's peer has sent an offer: the INVITE with which it calls us, a re-INVITE or an UPDATE. It is
// answered by exactly one Answer or Reject, unless it is withdrawn or its leg ends.
type Offered struct {
	Leg Leg
	SDP []byte // empty: an INVITE without a body, which wants our offer in its 2xx
}

// Supplied is the offer in the 2xx to an INVITE of ours without a body. It is answered by exactly one Answer, in the ACK.
type Supplied struct {
	Leg Leg
	SDP []byte // empty: the 2xx lacks it, and has been acknowledged
}

// EarlyAnswer is the answer to the offer of our INVITE in a provisional response. The 2xx may repeat it or not
// (https://www.rfc-editor.org/rfc/rfc6337#section-3.1.1).
type EarlyAnswer struct {
	Leg Leg
	SDP []byte
}

// Answered is the answer to our offer: in the 2xx, or in the ACK where our offer was in the 2xx.
type Answered struct {
	Leg Leg
	SDP []byte // empty: the 2xx to our first INVITE repeats nothing that was said early
}

// Refused says that our offer, or our request for one, was refused and that the session stays as it was
// (https://www.rfc-editor.org/rfc/rfc3261#section-14.1). On a leg that is not up yet it is the end of its INVITE. Also:
// no ACK, or none with an answer, has come for a 2xx with our offer (Status 0).
type Refused struct {
	Leg    Leg
	Status int
	// RetryAfter is how long the leg has to wait before another offer: its own choice after 491
	// (https://www.rfc-editor.org/rfc/rfc3261#section-14.1), the peer's after 500. 0: the refusal is final.
	RetryAfter time.Duration
}

// Withdrawn says that the peer has cancelled its re-INVITE, which the leg has answered with 487, also where an answer of
// ours came too late for it; or that the leg would not wait for that any longer. A caller that cancels its first INVITE
// is LegEnded.
type Withdrawn struct{ Leg Leg }

// LegEnded says that a leg is over: BYE, CANCEL of its INVITE, or a lost dialog.
type LegEnded struct{ Leg Leg }

// Tick is nothing but the passing of time; due when [Machine.Deadline] is reached.
type Tick struct{}

func (Join) input()        {}
func (Split) input()       {}
func (Hold) input()        {}
func (Retrieve) input()    {}
func (LegUp) input()       {}
func (Offered) input()     {}
func (Supplied) input()    {}
func (EarlyAnswer) input() {}
func (Answered) input()    {}
func (Refused) input()     {}
func (Withdrawn) input()   {}
func (LegEnded) input()    {}
func (Tick) input()        {}

// Leg is one of the two.
type Leg uint8

// The legs.
const (
	A Leg = iota // the station
	B            // the callee or caller
)

// Other is the other one.
func (l Leg) Other() Leg { return 1 - l&1 }

// String is the leg as traces show it.
func (l Leg) String() string { return [...]string{"A", "B"}[l&1] }

// Parking is what becomes of a leg that is taken from the other.
type Parking uint8

// The ways of parking.
const (
	Untouched Parking = iota // nothing is sent: another machine takes the leg over
	Silence                  // inactive, at no address
	Music                    // sendonly: a PBX that sees itself held plays its music to whom it has behind it
	restored                 // as it was before a join that failed
)
