package line

// Effect is what the caller has to do or to tell, in the order of [Machine.Step]'s result.
//
//sumtype:decl
type Effect interface{ effect() }

// What is to be done.
type (
	// Invite calls a leg, with an offer, or without (nil). Its end comes back as Up or Lost, its course as Progress and
	// Early. With is the leg that it is to be connected with.
	Invite struct {
		Leg, With string
		SDP       []byte
		// Auto asks the station to answer by itself.
		Auto bool
	}

	// Offer makes an offer inside an answered leg, or asks for one (nil). See [join.Offer] and [join.AskForOffer].
	Offer struct {
		Leg string
		SDP []byte
	}

	// Answer answers the leg's pending offer; to a caller it is what its call is answered with. See [join.Answer].
	Answer struct {
		Leg string
		SDP []byte
	}

	// Reject refuses it.
	Reject struct {
		Leg    string
		Status int
	}

	// HangUp ends a leg, whatever its state, with an offer and without: who carries it out acknowledges a 2xx that waits for
	// its answer, and refuses a request. Nothing more is to be told of it.
	HangUp struct{ Leg string }

	// ReferTo asks a leg's peer to take our place in another leg; Refer, to call To. Answered with Referred.
	ReferTo struct{ Leg, Other string }
	Refer   struct{ Leg, To string }

	// Play lets a leg hear our ringing tone, until Stop, or until the leg is over.
	Play struct{ Leg string }
	Stop struct{ Leg string }
)

// What is to be told.
type (
	// Reached tells that a callee is being reached.
	Reached struct {
		Call    string
		Alerted bool
	}

	// Answered tells that a callee has answered, or a caller was.
	Answered struct{ Call string }

	// Failed tells that a call is over that was not answered, or has nothing to hear (Media).
	Failed struct {
		Call  string
		Blame Blame
	}

	// Ended tells that a call is over that was answered, or whose station was hung up before that.
	Ended struct {
		Call string
		By   Party
	}

	// Held and Retrieved tell who holds, and no longer does.
	Held struct {
		Call string
		By   Party
	}
	Retrieved struct {
		Call string
		By   Party
	}

	// HoldFailed tells that nothing came of Hold or Retrieve, AnswerFailed of Accept, MoveFailed of Connect, Transfer or
	// Confer.
	HoldFailed struct {
		Call  string
		Blame Blame
	}
	AnswerFailed struct {
		Call  string
		Blame Blame
	}
	MoveFailed struct {
		Call  string
		Blame Blame
	}

	// Moved tells that Connect, Transfer or Confer is done.
	Moved struct{ Call string }

	// MemberLeft tells that somebody has left a conference that goes on.
	MemberLeft struct{ Call, Member string }
)

func (Invite) effect()       {}
func (Offer) effect()        {}
func (Answer) effect()       {}
func (Reject) effect()       {}
func (HangUp) effect()       {}
func (ReferTo) effect()      {}
func (Refer) effect()        {}
func (Play) effect()         {}
func (Stop) effect()         {}
func (Reached) effect()      {}
func (Answered) effect()     {}
func (Failed) effect()       {}
func (Ended) effect()        {}
func (Held) effect()         {}
func (Retrieved) effect()    {}
func (HoldFailed) effect()   {}
func (AnswerFailed) effect() {}
func (MoveFailed) effect()   {}
func (Moved) effect()        {}
func (MemberLeft) effect()   {}

// Party is a side of a call.
type Party uint8

// The parties.
const (
	Agent  Party = iota // at the station
	Remote              // the callee or caller
)

// Blame is whose fault a failure was. Why it failed is known to who carries out the effects.
type Blame uint8

// The culprits.
const (
	Callee   Blame = iota + 1 // the call's own leg has refused, or has ended
	Phone                     // the station has not taken the call, or has refused
	HungUp                    // the agent has hung up the station
	Media                     // the two sides have nothing in common that could be heard
	Target                    // who was to be called by a transfer or conference
	State                     // it does not fit
	Stubborn                  // the phone itself holds, and does not let go
)
