package line

import "tieline/sip/join"

// Input is what happened, as told to [Machine.Step].
//
//sumtype:decl
type Input interface{ input() }

// What is wanted. A command that does not fit the call is answered like one that has failed, with [State]; of a call that
// is over it is without effect.
type (
	// Place calls a callee on behalf of the agent, who holds whom they talk with already. The station is called first, unless
	// it is there. Answered with Reached and Answered, Failed or Ended; Ended follows Answered. The name must be new.
	Place struct{ Call string }

	// Take takes in a call that has come in. SDP is its offer; nil: it wants ours. Answered like Place, without Reached.
	Take struct {
		Call string
		SDP  []byte
	}

	// Ring says that the agent is to be alerted: by the station, where it rings at once and is not there already.
	Ring struct{ Call string }

	// Accept has the station called, and the caller answered once it is there. Answered with Answered, or with
	// AnswerFailed: then the caller still waits, and it may be tried again.
	Accept struct{ Call string }

	// Hold has the agent hold the call. Answered with Held or HoldFailed.
	Hold struct{ Call string }

	// Retrieve ends that, and has the station leave whom else the agent holds. Answered with Retrieved or HoldFailed.
	Retrieve struct{ Call string }

	// Connect joins two answered calls with each other; the agent leaves them. Refer asks the peer of the first to do it
	// (https://www.rfc-editor.org/rfc/rfc5589#section-7), and joins them here only where it does not. Answered with
	// Moved, after which the calls are not the agent's any more, or with MoveFailed: then both are as they were.
	Connect struct {
		Call, With string
		Refer      bool
	}

	// Transfer has the call's remote party talk with somebody else, who is To once it is called. Refer and the answers are
	// as for Connect.
	Transfer struct {
		Call, To string
		Refer    bool
	}

	// Confer has everybody meet in a conference: the agent, the remote party of Call, that of With, and To, who is
	// called. Either may be empty. Answered with Moved, after which With and To are members of Call, or MoveFailed.
	Confer struct{ Call, With, To string }

	// Drop hangs a call up. Nothing more is told of it.
	Drop struct{ Call string }

	// Leave hangs up a station that was kept.
	Leave struct{}
)

// What has become of legs. Each is named like its call; the agent's is Station.
type (
	// Progress says that a callee is being reached, and whether its telephone rings.
	Progress struct {
		Leg     string
		Alerted bool
	}

	// Early brings a description in a provisional response.
	Early struct {
		Leg string
		SDP []byte
	}

	// Up says that a leg is answered: who we called has taken the call, or a caller knows that we have. SDP is its answer or,
	// where our INVITE had no offer, its offer; of a caller it is the answer to our offer in the 2xx.
	Up struct {
		Leg string
		SDP []byte
	}

	// Lost says that a leg ended before that; Status is how our INVITE was refused, 0: otherwise.
	Lost struct {
		Leg     string
		Status  int
		Alerted bool
	}

	// Over says that the peer of an answered leg hung up, or is gone.
	Over struct{ Leg string }

	// Heard brings what an answered leg's peer says about the session: [join.Offered], [join.Supplied], [join.Answered],
	// [join.Refused] or [join.Withdrawn], whose Leg is not looked at.
	Heard struct {
		Leg string
		In  join.Input
	}

	// Referred is the end of a Refer or ReferTo. Called: whom it was about may have been called, although nothing came of it.
	Referred struct {
		Leg        string
		OK, Called bool
	}

	// Tick is nothing but the passing of time; due when [Machine.Deadline] is reached.
	Tick struct{}
)

// Station is the name of the agent's own leg.
const Station = "station"

func (Place) input()    {}
func (Take) input()     {}
func (Ring) input()     {}
func (Accept) input()   {}
func (Hold) input()     {}
func (Retrieve) input() {}
func (Connect) input()  {}
func (Transfer) input() {}
func (Confer) input()   {}
func (Drop) input()     {}
func (Leave) input()    {}
func (Progress) input() {}
func (Early) input()    {}
func (Up) input()       {}
func (Lost) input()     {}
func (Over) input()     {}
func (Heard) input()    {}
func (Referred) input() {}
func (Tick) input()     {}
