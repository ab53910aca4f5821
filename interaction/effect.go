package interaction

import "tieline/bridge"

// Effect is something to do. Publish, Respond and Reply leave in the order in which they
// were returned, each only after the one before it is stored.
//
//sumtype:decl
type Effect interface{ effect() }

type (
	// Claim writes Record durably under its requestId, unless there is one already. Answered
	// with Claimed.
	Claim struct{ Record Record }

	// Publish appends an event to the stream. With a Ref it is answered with Stored or Refused.
	Publish struct {
		Message bridge.Message
		Ref     uint64
	}

	// Respond appends a response to the stream, then sends it to everybody who waits, then
	// completes the ledger's record (nil for a query).
	Respond struct {
		Message bridge.Message
		To      []ReplyTo
		Record  *Record
	}

	// Reply sends a response to one who waits and leaves the stream alone. Stored answers
	// already carry seq and time.
	Reply struct {
		Message bridge.Message
		To      ReplyTo
	}

	// PlaceCall calls the callee. Answered with CallProgress, CallAnswered, CallFailed, CallEnded.
	PlaceCall struct{ Call Call }

	// TakeCall takes an offered call: what becomes of it is told to this machine from now on, and
	// what has become of it since the offer is told first. Answered with CallAnswered, CallFailed,
	// CallEnded.
	TakeCall struct {
		Call string
		Line Line
	}

	// RingCall tells the caller of a taken call that the agent is being alerted.
	RingCall struct{ Call string }

	// AnswerCall answers a taken call. Answered with CallAnswered once the caller knows, with CallFailed, or
	// with AnswerFailed, behind which it may be tried again.
	AnswerCall struct{ Call string }

	// RefuseCall turns an offered or taken call away. Nothing more is told about it.
	RefuseCall struct {
		Call string
		As   Refusal
	}

	// HoldCall lets the agent hold an answered call. Answered with CallHeld (by the agent) or HoldFailed, unless
	// the call ends before.
	HoldCall struct{ Call string }

	// RetrieveCall lets the agent talk again in a call that it holds: from then on the station is connected with
	// this one. Answered with CallRetrieved (by the agent) or HoldFailed, unless the call ends before.
	RetrieveCall struct{ Call string }

	// ConnectCalls joins the remote parties of two answered calls, and the agent leaves both (an attended
	// transfer). Answered with CallMoved of Call, unless Call ends or is hung up before; behind success nothing more
	// is told about both. If one of the two ends or is hung up before, the agent has the other one, whose end is told
	// like any call's, also where the hang-up crosses a success.
	ConnectCalls struct{ Call, With string }

	// TransferCall passes an answered call on to a callee who was not asked before (a blind transfer). To is a
	// call as of PlaceCall, with an id of its own. Answered with CallMoved of Call when the outcome is known;
	// behind success nothing more is told about it. A HangUp of Call meanwhile ends To as well.
	TransferCall struct {
		Call string
		To   Call
	}

	// ConferenceCall lets all parties meet: the agent, those of Call, of With (the consult call; empty: none) and
	// To (called for it, as of PlaceCall; nil: none). Answered with CallMoved of Call. Behind success Call is the
	// conference, and With is a part of it: CallEnded of Call tells that it is over for the agent, MemberLeft of
	// each member (named by Call, With or the id of To) that leaves while it goes on, and a HangUp of Call lets the
	// agent leave.
	ConferenceCall struct {
		Call, With string
		To         *Call
	}

	// LeaveLine tells that the agent is gone: a station that was kept for the next call is hung up.
	LeaveLine struct{ Line Line }

	// RegisterEndPoint registers the line's end-point at the telephone system, until UnregisterEndPoint. Answered with
	// EndPointRegistered or EndPointLost, and again whenever that changes.
	RegisterEndPoint struct {
		ID   string
		Line Line
	}

	// UnregisterEndPoint ends a registration. Nothing more is told about it.
	UnregisterEndPoint struct{ ID string }

	// SendDTMF plays digits to the other side of an answered call, behind those before. Answered with
	// DTMFSent, unless the call ends before.
	SendDTMF struct {
		Call   string
		Digits string // 0-9, A-D, *, # and the pause (,)
	}

	// CheckCredentials asks the telephone system's registrar whether it accepts a password.
	// Answered with CredentialsChecked.
	CheckCredentials struct {
		RequestID, EndPoint, Password string
	}

	// HangUp ends a call whatever its state, and what was to be done about it. Nothing more is told about it.
	HangUp struct{ Call string }

	// StartChannel starts a machine for a new channel, once what was said before is stored.
	StartChannel struct {
		Target bridge.Target
		Ref    bridge.ChannelRef
	}

	// Tell hands an input to the machine of a channel: a message for it, or a word of the tree.
	Tell struct {
		Channel bridge.Target
		Input   Input
	}

	// Report hands an input to the tree, once what this machine said before is stored.
	Report struct{ Input Input }

	// Gone: what follows in this step are the machine's last words; end it when all that was
	// said is stored. It comes before them, so that whoever hears them finds the target free.
	Gone struct{}

	// Emptied: Shutdown is complete.
	Emptied struct{}
)

func (Claim) effect()              {}
func (Publish) effect()            {}
func (Respond) effect()            {}
func (Reply) effect()              {}
func (PlaceCall) effect()          {}
func (TakeCall) effect()           {}
func (RingCall) effect()           {}
func (AnswerCall) effect()         {}
func (RefuseCall) effect()         {}
func (HoldCall) effect()           {}
func (RetrieveCall) effect()       {}
func (ConnectCalls) effect()       {}
func (TransferCall) effect()       {}
func (ConferenceCall) effect()     {}
func (LeaveLine) effect()          {}
func (RegisterEndPoint) effect()   {}
func (UnregisterEndPoint) effect() {}
func (SendDTMF) effect()           {}
func (CheckCredentials) effect()   {}
func (HangUp) effect()             {}
func (StartChannel) effect()       {}
func (Tell) effect()               {}
func (Report) effect()             {}
func (Gone) effect()               {}
func (Emptied) effect()            {}
