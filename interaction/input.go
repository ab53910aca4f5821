package interaction

import (
	"encoding/json"
	"time"

	"tieline/bridge"
)

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
		// TraceParent is that of the call; empty: none.
		TraceParent string
	}

	// CallProgress: the telephone system is reaching the callee (a 1xx beyond 100). Alerted is
	// true once the callee's phone truly rings.
	CallProgress struct {
		Call    string
		Alerted bool
	}

	// CallAnswered: the callee answered, or the caller knows that we did. That of an alerting call may come
	// without AnswerCall: the agent picked up the phone. Data is what a callee who was dialled said with it, for the
	// interaction data; nil: nothing.
	CallAnswered struct {
		Call string
		Data json.RawMessage
	}

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

	// EndPointRegistered answers RegisterEndPoint: the telephone system has the end-point's registration, or has it
	// again.
	EndPointRegistered struct{ ID string }

	// EndPointLost answers RegisterEndPoint: the telephone system does not have the registration, or no longer. Where Error
	// is retryable it tries on, and EndPointRegistered may come still.
	EndPointLost struct {
		ID    string
		Error *bridge.Error
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
func (EndPointRegistered) input() {}
func (EndPointLost) input()       {}
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
