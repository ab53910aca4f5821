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
	CallerID    *bridge.CallerID // nil: the group's
	Headers     map[string]string
	// Deadline bounds everything from the request's arrival to the answer; zero: only the
	// group's own limits.
	Deadline time.Time
	// TraceParent is that of the request; empty: it had none.
	TraceParent string
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
	Urgent bool   // an emergency: no limit keeps the call out
}
