package invite

import "time"

// Effect is what the caller has to do or to tell, in the order of [Client.Step]'s result.
//
//sumtype:decl
type Effect interface{ effect() }

// SendInvite sends an INVITE in a new client transaction. Every INVITE of an attempt has the same Call-ID, From tag and
// Request-URI and a higher CSeq (https://www.rfc-editor.org/rfc/rfc3261#section-22.2).
type SendInvite struct {
	Try  int  // 1, 2, …: given back in Response, TransactionTimeout and TransportFailed
	Auth bool // with credentials for every challenge seen in this attempt
}

// StopInvite stops repeating the latest INVITE, which nobody wants any more and to which nothing has come back: a copy
// that got through now would ring the callee for a call that has failed. Its transaction is over then: no
// TransactionTimeout or TransportFailed is reported of it, and a late 3xx–6xx is the caller's to acknowledge
// (https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.3) before it comes in as a Response.
type StopInvite struct{}

// SendCancel cancels the latest INVITE. At most one per attempt. Its response is of no interest.
type SendCancel struct{ Reason Reason }

// SendAck acknowledges the latest 2xx with this To tag, in the CSeq number of its INVITE. The same ACK goes out again
// each time a copy of the 2xx comes in (https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4).
type SendAck struct{ ToTag string }

// SendBye ends the dialog with this To tag; its result comes back as ByeResponse.
type SendBye struct {
	ToTag  string
	Auth   bool // again, with credentials for the challenge of the BYE before
	Reason Reason
}

// Progress tells that the callee is being reached: once at the first provisional response beyond 100, and once more if
// the first 180 comes later than that.
type Progress struct {
	Status  int
	Alerted bool // a 180 has been received
}

// EarlyMedia tells the answer to the INVITE's offer that a provisional response has brought, behind that response's
// Progress. Each one is told once: the forks of an INVITE have theirs, and the last one told is that of now.
type EarlyMedia struct{ SDP string }

// Answered tells that the dialog with this To tag is the call.
type Answered struct {
	ToTag   string
	Alerted bool // a 180 was received before
}

// Ended tells that the answered call is over.
type Ended struct {
	Remote bool   // the peer hung up; otherwise we did
	Reason string // value of the Reason header of the peer's BYE, or of ours where it was not NormalClearing
}

// Failed tells that the attempt has failed. Clean-up may go on behind it.
type Failed struct{ Outcome }

func (SendInvite) effect() {}
func (StopInvite) effect() {}
func (SendCancel) effect() {}
func (SendAck) effect()    {}
func (SendBye) effect()    {}
func (Progress) effect()   {}
func (EarlyMedia) effect() {}
func (Answered) effect()   {}
func (Ended) effect()      {}
func (Failed) effect()     {}

// Kind says how an attempt failed.
type Kind uint8

// The kinds of failure.
const (
	Refused     Kind = iota + 1 // a final response 300–699; Status and what follows it are set
	NoProgress                  // nothing beyond 100 within Config.ProgressTimeout, or nothing at all within Config.Silence
	RingTimeout                 // no answer within Config.RingTimeout
	Cancelled                   // Hangup came first
	Timeout                     // no final response: the transaction gave up
	Transport                   // the INVITE could not be sent, or its connection broke

	// Of a Server only; its Refused is a refusal of ours, its Cancelled also the caller's CANCEL or BYE.
	Expired        // not answered before the INVITE's Expires
	Unacknowledged // our 200 was never acknowledged
	Unfit          // refused, because no answer of ours fits the caller's offer
)

// String gives the kind as traces show it.
func (k Kind) String() string {
	names := [...]string{"unknown", "refused", "no progress", "ring time-out", "cancelled", "time-out", "transport",
		"expired", "unacknowledged", "unfit"}
	if int(k) >= len(names) {
		k = 0
	}
	return names[k]
}

// Outcome is why an attempt failed. It is comparable.
type Outcome struct {
	Kind       Kind
	Status     int           // 300–699 when Kind is Refused, otherwise 0; of a Server the final status that was sent, if any
	Phrase     string        // reason phrase, as received
	Reason     string        // value of the Reason header, as received
	RetryAfter time.Duration // 0: none
	Heard      bool          // any response was received, be it a 100: somebody is there
	Progressed bool          // a provisional response beyond 100 was received
	Alerted    bool          // a 180 was received (of a Server: sent): the callee's telephone rang
}
