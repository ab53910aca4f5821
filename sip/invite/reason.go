package invite

// Reason is the value of a Reason header field (https://www.rfc-editor.org/rfc/rfc3326#section-2): why we end a call. Where
// telephony has a cause for it that is named, since PBXs write it into their records; otherwise the SIP status that
// would have said so.
type Reason string

// The reasons of a BYE or CANCEL of ours.
const (
	NormalClearing Reason = `Q.850;cause=16;text="Normal call clearing"`
	NotReached     Reason = `Q.850;cause=18;text="No user responding"`      // Config.ProgressTimeout
	NotAnswered    Reason = `Q.850;cause=19;text="No answer from user"`     // Config.RingTimeout
	Disconnected   Reason = `Q.850;cause=41;text="Temporary failure"`       // the connection broke
	Elsewhere      Reason = `SIP;cause=200;text="Call completed elsewhere"` // of a fork that came second
	NoMedia        Reason = `SIP;cause=488;text="No answer to the offer"`   // nobody had one
	NeverAcked     Reason = `SIP;cause=408;text="ACK time-out"`             // of a 2xx of ours
	DialogLost     Reason = `SIP;cause=481;text="Dialog lost"`              // the peer does not know it, or says nothing
	SessionExpired Reason = `SIP;cause=408;text="Session timer expired"`    // https://www.rfc-editor.org/rfc/rfc4028#section-10
	ShuttingDown   Reason = `SIP;cause=503;text="Shutting down"`            // of us
)

// unasked is the reason, where it is news to whoever has the call.
func (r Reason) unasked() string {
	if r == NormalClearing {
		return ""
	}
	return string(r)
}

// or is another reason where there is none.
func (r Reason) or(other Reason) Reason {
	if r == "" {
		return other
	}
	return r
}

// reason is why an INVITE that has failed so is cancelled, or a call that came of it nevertheless hung up.
func (k Kind) reason() Reason {
	switch k {
	case NoProgress:
		return NotReached
	case RingTimeout:
		return NotAnswered
	case Transport, Timeout:
		return Disconnected
	default:
		return NormalClearing
	}
}
