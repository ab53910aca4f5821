package bridge

import "encoding/json"

// Code is the stable reason of a FAILURE (protocol.md §2).
type Code string

// Every code of the protocol.
const (
	InvalidMessage     Code = "INVALID_MESSAGE"
	UnknownName        Code = "UNKNOWN_NAME"
	UnknownTarget      Code = "UNKNOWN_TARGET"
	NotInitialized     Code = "NOT_INITIALIZED"
	InvalidState       Code = "INVALID_STATE"
	Unsupported        Code = "UNSUPPORTED"
	RequestIDReused    Code = "REQUEST_ID_REUSED"
	InvalidDestination Code = "INVALID_DESTINATION"
	NotAllowed         Code = "NOT_ALLOWED"
	LimitExceeded      Code = "LIMIT_EXCEEDED"
	ChannelBusy        Code = "CHANNEL_BUSY"
	NoTrunk            Code = "NO_TRUNK"
	Busy               Code = "BUSY"
	Rejected           Code = "REJECTED"
	NotFound           Code = "NOT_FOUND"
	NoAnswer           Code = "NO_ANSWER"
	Unavailable        Code = "UNAVAILABLE"
	Forbidden          Code = "FORBIDDEN"
	IncompatibleMedia  Code = "INCOMPATIBLE_MEDIA"
	Congestion         Code = "CONGESTION"
	Network            Code = "NETWORK"
	StationNoAnswer    Code = "STATION_NO_ANSWER"
	StationBusy        Code = "STATION_BUSY"
	StationUnavailable Code = "STATION_UNAVAILABLE"
	Cancelled          Code = "CANCELLED"
	ShuttingDown       Code = "SHUTTING_DOWN"
	Interrupted        Code = "INTERRUPTED"
	Internal           Code = "INTERNAL"
)

// Error is the "error" object of a FAILURE body and of interaction.ended, together with
// the line that goes into the errorMessage header (protocol.md §2). It is a value of the
// protocol; it implements error for callers on the bridge's side.
type Error struct {
	Code      Code
	Retryable bool
	// Message is written for an agent: one line, no addresses, no secrets.
	Message string
	// RetryAfter is in whole seconds; nil when unknown.
	RetryAfter *int
	// Tried is set when a call was tried.
	Tried *Tried
}

// Tried tells how a call that was tried ended on the telephone system.
type Tried struct {
	SIP      *SIPStatus
	Q850     *int // cause value of the peer's Reason header (RFC 3326), nil when it sent none
	Trunk    string
	Attempts int  // INVITEs sent over all trunks, credentials retries not counted
	Alerted  bool // the callee's phone truly rang
}

// SIPStatus is the final response of the telephone system, unaltered.
type SIPStatus struct {
	Status int    `json:"status"`
	Phrase string `json:"phrase"`
	Reason string `json:"reason"` // value of the Reason header, empty when there was none
}

// Error implements the error interface.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Error makes an Error that is not retryable and tried no call.
func (c Code) Error(message string) *Error { return &Error{Code: c, Message: message} }

type errorJSON struct {
	Code       Code `json:"code"`
	Retryable  bool `json:"retryable"`
	RetryAfter *int `json:"retry-after,omitempty"`
}

type triedJSON struct {
	Code       Code       `json:"code"`
	Retryable  bool       `json:"retryable"`
	SIP        *SIPStatus `json:"sip"`
	Q850       *int       `json:"q850"`
	RetryAfter *int       `json:"retry-after"`
	Trunk      string     `json:"trunk"`
	Attempts   int        `json:"attempts"`
	Alerted    bool       `json:"alerted"`
}

// MarshalJSON writes the call's members only where a call was tried.
func (e *Error) MarshalJSON() ([]byte, error) {
	if e.Tried == nil {
		return json.Marshal(errorJSON{e.Code, e.Retryable, e.RetryAfter})
	}
	t := e.Tried
	return json.Marshal(triedJSON{e.Code, e.Retryable, t.SIP, t.Q850, e.RetryAfter, t.Trunk, t.Attempts, t.Alerted})
}

// UnmarshalJSON reads what MarshalJSON wrote; Message is not part of it.
func (e *Error) UnmarshalJSON(b []byte) error {
	var w struct {
		triedJSON
		Attempts *int `json:"attempts"`
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*e = Error{Code: w.Code, Retryable: w.Retryable, RetryAfter: w.RetryAfter}
	if w.Attempts != nil {
		e.Tried = &Tried{SIP: w.SIP, Q850: w.Q850, Trunk: w.Trunk, Attempts: *w.Attempts, Alerted: w.Alerted}
	}
	return nil
}
