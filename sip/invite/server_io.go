package invite

import "time"

// ServerInput is what happened, as told to [Server.Step].
//
//sumtype:decl
type ServerInput interface{ serverInput() }

// Ring says that the callee's telephone rings.
type Ring struct{}

// Answer takes the call.
type Answer struct{}

// Refuse refuses the call.
type Refuse struct {
	Status     int // 300–699
	Phrase     string
	RetryAfter time.Duration // 0: none
	Contact    string        // of a 3xx: the URI to call instead; empty: none
	Unfit      bool          // no answer of ours fits the caller's offer

	reason string // why the caller gave up
}

// PeerCancel says that the INVITE's transaction was cancelled: it has sent 487, and no other final response.
type PeerCancel struct{ Reason string }

// PeerAck is the ACK of our final response. What it brings matters to an Exchange only.
type PeerAck struct {
	Seq uint32
	SDP string
}

// PeerPrack is a PRACK of the caller's, by its RAck; see AnswerPrack.
type PeerPrack struct {
	RSeq uint32
	Seq  uint32 // CSeq of the INVITE
}

func (Start) serverInput()           {}
func (Ring) serverInput()            {}
func (Answer) serverInput()          {}
func (Refuse) serverInput()          {}
func (Hangup) serverInput()          {}
func (PeerCancel) serverInput()      {}
func (PeerAck) serverInput()         {}
func (PeerPrack) serverInput()       {}
func (PeerBye) serverInput()         {}
func (ByeResponse) serverInput()     {}
func (TransportFailed) serverInput() {} // the INVITE's transaction is over
func (Tick) serverInput()            {}

// ServerEffect is what the caller of [Server.Step] has to do or to tell, in the order of its result.
//
//sumtype:decl
type ServerEffect interface{ serverEffect() }

// SendProvisional sends a 1xx to the INVITE.
type SendProvisional struct {
	Status int
	RSeq   uint32 // it is reliable; 0: it is not
	Again  bool   // the same one once more
}

// AnswerPrack answers the PRACK at hand: with 200 or, where it matches nothing, 481.
type AnswerPrack struct{ Match bool }

// SendAnswer sends a 200 to the INVITE with our description, or the same one again.
type SendAnswer struct{ Again bool }

// SendRefusal sends a final response from 300 on to the INVITE.
type SendRefusal struct {
	Status     int
	Phrase     string
	RetryAfter time.Duration // 0: none
	Contact    string        // empty: none
	Unfit      bool          // because no answer of ours fits the caller's offer
}

func (SendProvisional) serverEffect() {}
func (AnswerPrack) serverEffect()     {}
func (SendAnswer) serverEffect()      {}
func (SendRefusal) serverEffect()     {}
func (SendBye) serverEffect()         {}
func (Answered) serverEffect()        {}
func (Ended) serverEffect()           {}
func (Failed) serverEffect()          {}
