package interaction

import (
	"encoding/json"
	"time"

	"tieline/bridge"
)

// Machine is a state machine that the tracker can run.
type Machine interface {
	// Step takes one input and returns what to do about it, in order.
	Step(now time.Time, in Input) []Effect
	// Deadline is when Step wants to be called with Tick; zero when nothing is pending.
	Deadline() time.Time
}

// Input is something that happened.
//
//sumtype:decl
type Input interface{ input() }

// ReplyTo is where, and in which encoding, a sender waits for an answer beside the stream.
// The zero value means nowhere.
type ReplyTo struct {
	Subject  string
	Encoding bridge.Encoding
}

type (
	// Request is a query or request of the bridge. Fault is set when it could be tied to a
	// requestId and a target but not understood: it is answered with that fault.
	Request struct {
		Message bridge.Message
		// Subject is the target in the subject: for a setup request the child's.
		Subject bridge.Target
		ReplyTo ReplyTo
		Fault   *bridge.Error
		// Arrived is when it came in: a dial's timeout runs from there. Zero means now.
		Arrived time.Time
		// Word makes it no message but a word of the tree (Activate, LogOff, Probe) in its place among them.
		Word Input
	}

	// Claimed is the outcome of a Claim. Existing is nil when the claim is ours, else what the
	// ledger held. Failed is set when the ledger could not be written, or too late: a stale
	// request must not be carried out.
	Claimed struct {
		RequestID string
		Existing  *Record
		Failed    bool
	}

	// Stored: the stream has acknowledged the Publish with this Ref.
	Stored struct{ Ref uint64 }

	// Refused: the stream will never take the Publish with this Ref.
	Refused struct{ Ref uint64 }

	// Tick: the Deadline has come.
	Tick struct{}

	// CallOffered: the telephone system has a call for an end-point. Answered with TakeCall or
	// RefuseCall.
	CallOffered struct {
		Call     string
		EndPoint string
		Remote   bridge.Party    // the caller; empty where the caller withholds it
		Data     json.RawMessage // the interaction data to begin with
	}

	// CallProgress: the telephone system is reaching the callee (a 1xx beyond 100). Alerted is
	// true once the callee's phone truly rings.
	CallProgress struct {
		Call    string
		Alerted bool
	}

	// CallAnswered: the callee answered, or the caller knows that we did. That of an alerting call may come
	// without AnswerCall: the agent picked up the phone.
	CallAnswered struct{ Call string }

	// AnswerFailed: the station did not take the call that AnswerCall was to answer; the caller still waits.
	AnswerFailed struct {
		Call  string
		Error *bridge.Error
	}

	// CallFailed: the call ended before it was answered; the caller of an offered one gave up.
	// Error says why.
	CallFailed struct {
		Call  string
		Error *bridge.Error
	}

	// CallEnded: an answered call is over; By says whose doing that was.
	CallEnded struct {
		Call string
		By   bridge.ReleasedBy
	}

	// CallHeld: that side holds the call from now on. It answers HoldCall, or the station or the remote party
	// did it by itself.
	CallHeld struct {
		Call string
		By   bridge.Side
	}

	// CallRetrieved: that side no longer holds the call. It answers RetrieveCall, or comes by itself.
	CallRetrieved struct {
		Call string
		By   bridge.Side
	}

	// HoldFailed answers HoldCall or RetrieveCall: the call is as it was.
	HoldFailed struct {
		Call  string
		Error *bridge.Error
	}

	// CallMoved answers ConnectCalls, TransferCall and ConferenceCall. Error is nil when they have come about;
	// if not, the agent has the calls as they were.
	CallMoved struct {
		Call  string
		Error *bridge.Error
	}

	// MemberLeft: a member of the conference that Call has become has left it, and the others go on. Member is
	// the id of the call that brought it in.
	MemberLeft struct{ Call, Member string }

	// DTMFSent: the oldest SendDTMF of the call that has no answer yet is done; Error says why not.
	DTMFSent struct {
		Call  string
		Error *bridge.Error
	}

	// DTMFReceived: the other side of the call pressed keys.
	DTMFReceived struct {
		Call   string
		Digits string // 0-9, A-D, *, #
	}

	// Drain: the gateway is about to stop; no new calls.
	Drain struct{}

	// Dispose tears the channel down because an object above it is going (protocol.md §3.4).
	Dispose struct{}

	// ChannelGoing tells the tree that a channel's machine is saying its last words: what is
	// meant for the channel, or for another under its target, waits for ChannelGone.
	ChannelGoing struct{ Target bridge.Target }

	// Probe asks a channel whether it still lives when all that was sent to it before has been carried
	// out. Answered with ChannelStays, or, if it does not, with ChannelGoing.
	Probe struct{}

	// ChannelStays tells the tree that what it has handed to a channel before a Probe did not tear the
	// channel down.
	ChannelStays struct{ Target bridge.Target }

	// LogIn asks the tree for an end-point; the channel is answered with LoggedIn or LoginRefused.
	LogIn struct {
		Channel  bridge.Target
		EndPoint string
	}

	// LogOut gives an end-point back.
	LogOut struct {
		Channel  bridge.Target
		EndPoint string
	}

	// LoggedIn: the end-point is this channel's.
	LoggedIn struct{}

	// LoginRefused: another channel has the end-point.
	LoginRefused struct{}

	// EndPointTaken: another channel has logged in at the end-point.
	EndPointTaken struct{}

	// EndPointFree: the channel that was logged in at the end-point no longer is.
	EndPointFree struct{}

	// Activate logs the channel's end-point in because its group was asked to. Answered with
	// ChannelDid.
	Activate struct{}

	// LogOff logs the end-point out and ends the calls because the agent leaves. Answered with
	// ChannelDid.
	LogOff struct{}

	// ChannelDid: the channel has carried out Activate or LogOff. Error is nil when it could.
	ChannelDid struct {
		Channel bridge.Target
		Error   *bridge.Error
	}

	// ChannelGone tells the tree that a channel's machine has ended and all it said is stored.
	ChannelGone struct{ Target bridge.Target }

	// CredentialsChecked is the outcome of CheckCredentials; Error is nil when they were accepted.
	CredentialsChecked struct {
		RequestID string
		Error     *bridge.Error
	}

	// StatusChanged tells the tree how the gateway is (protocol.md §4, cti.status).
	StatusChanged struct{ Status bridge.StatusBody }

	// Shutdown tears every session down, leaves first.
	Shutdown struct{ Reason string }
)

func (Request) input()            {}
func (Claimed) input()            {}
func (Stored) input()             {}
func (Refused) input()            {}
func (Tick) input()               {}
func (CallOffered) input()        {}
func (CallProgress) input()       {}
func (CallAnswered) input()       {}
func (CallFailed) input()         {}
func (CallEnded) input()          {}
func (AnswerFailed) input()       {}
func (CallHeld) input()           {}
func (CallRetrieved) input()      {}
func (HoldFailed) input()         {}
func (CallMoved) input()          {}
func (MemberLeft) input()         {}
func (DTMFSent) input()           {}
func (DTMFReceived) input()       {}
func (Drain) input()              {}
func (Dispose) input()            {}
func (LogIn) input()              {}
func (LogOut) input()             {}
func (LoggedIn) input()           {}
func (LoginRefused) input()       {}
func (EndPointTaken) input()      {}
func (EndPointFree) input()       {}
func (Activate) input()           {}
func (LogOff) input()             {}
func (ChannelDid) input()         {}
func (ChannelGoing) input()       {}
func (Probe) input()              {}
func (ChannelStays) input()       {}
func (ChannelGone) input()        {}
func (CredentialsChecked) input() {}
func (StatusChanged) input()      {}
func (Shutdown) input()           {}

// Record is what the ledger holds of a request (protocol.md §3, Idempotence).
type Record struct {
	// Fingerprint identifies the request's content; other content under the same requestId is
	// REQUEST_ID_REUSED.
	Fingerprint string `json:"fingerprint"`
	// Request is the claimed message without its body, enough to answer it after a crash.
	Request Envelope `json:"request"`
	// Claimed is when the request was taken.
	Claimed time.Time `json:"claimed"`
	// Answer is nil while the request is in progress.
	Answer *Envelope `json:"answer,omitempty"`
}

// Envelope is a bridge.Message as the ledger stores it.
type Envelope struct {
	Name         bridge.Name     `json:"name"`
	Target       bridge.Target   `json:"target"`
	RequestID    string          `json:"requestId"`
	Result       bridge.Result   `json:"result,omitempty"`
	ErrorMessage string          `json:"errorMessage,omitempty"`
	Seq          uint64          `json:"seq,omitempty"`
	Time         time.Time       `json:"time,omitzero"`
	TraceParent  string          `json:"traceparent,omitempty"`
	Body         json.RawMessage `json:"body,omitempty"`
}

// Seal puts a message into its stored form.
func Seal(m bridge.Message) Envelope {
	return Envelope{
		Name: m.Name, Target: m.Target, RequestID: m.RequestID, Result: m.Result, ErrorMessage: m.ErrorMessage,
		Seq: m.Seq, Time: m.Time, TraceParent: m.TraceParent, Body: m.Body,
	}
}

// Message takes the message of the given type out of its stored form.
func (e Envelope) Message(t bridge.Type) bridge.Message {
	return bridge.Message{
		Type: t, Name: e.Name, Target: e.Target, RequestID: e.RequestID, Result: e.Result, ErrorMessage: e.ErrorMessage,
		Seq: e.Seq, Time: e.Time, TraceParent: e.TraceParent, Body: e.Body,
	}
}

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

func (Claim) effect()            {}
func (Publish) effect()          {}
func (Respond) effect()          {}
func (Reply) effect()            {}
func (PlaceCall) effect()        {}
func (TakeCall) effect()         {}
func (RingCall) effect()         {}
func (AnswerCall) effect()       {}
func (RefuseCall) effect()       {}
func (HoldCall) effect()         {}
func (RetrieveCall) effect()     {}
func (ConnectCalls) effect()     {}
func (TransferCall) effect()     {}
func (ConferenceCall) effect()   {}
func (LeaveLine) effect()        {}
func (SendDTMF) effect()         {}
func (CheckCredentials) effect() {}
func (HangUp) effect()           {}
func (StartChannel) effect()     {}
func (Tell) effect()             {}
func (Report) effect()           {}
func (Gone) effect()             {}
func (Emptied) effect()          {}

// Line is whose calls they are: the channel, by whose station its agent talks.
type Line struct {
	Channel  bridge.Target
	Group    string
	EndPoint string // the channel's own number
}

// Call is what the telephone system is told to do about a dial, or about another call of the agent's.
type Call struct {
	ID string
	Line
	Destination Destination
	CallerID    *bridge.Party // nil: the group's
	Headers     map[string]string
	// Deadline bounds everything from the request's arrival to the answer; zero: only the
	// group's own limits.
	Deadline time.Time
	// Beside is, of a consult call, the call that the same agent has on hold; empty: none.
	Beside string
}

// Refusal is why an offered call is turned away; what the caller hears of it is the telephone
// system's business.
type Refusal string

// The refusals (protocol.md §7.5).
const (
	RefusedUnknown     Refusal = "unknown end-point"
	RefusedUnavailable Refusal = "not active or not ready"
	RefusedBusy        Refusal = "busy"
	RefusedDeclined    Refusal = "declined"
	RefusedDraining    Refusal = "draining"
	RefusedFault       Refusal = "could not be recorded"
)

// Destination is a callee that the group's rules accepted.
type Destination struct {
	User   string // what is dialled: extension, number or code; empty for a URI
	URI    string // a sip: URI, where the group allows them
	Number string // what the bridge is shown as the remote number
}
