package join

// Effect is what the caller has to do or to tell, in the order of [Machine.Step]'s result. Descriptions still have the o=
// line of whoever they describe, which the leg replaces by its own.
//
//sumtype:decl
type Effect interface{ effect() }

// Offer sends an offer: in the INVITE of a leg that is not up, else in a re-INVITE. Its end comes back as Answered or
// Refused. The 2xx is acknowledged at once.
type Offer struct {
	Leg Leg
	SDP []byte
}

// AskForOffer sends an INVITE or re-INVITE without a body. The offer in its 2xx comes back as Supplied, its refusal
// as Refused. The ACK waits for Answer.
type AskForOffer struct{ Leg Leg }

// Answer answers the leg's pending offer: in the 2xx to the peer's request, or in the ACK of the 2xx that carried the
// offer. To an INVITE without a body it is the offer in our 2xx, and comes back as Answered or Refused.
type Answer struct {
	Leg Leg
	SDP []byte
}

// Reject refuses the leg's pending offer; 500 wants a Retry-After of up to ten seconds
// (https://www.rfc-editor.org/rfc/rfc3261#section-14.2). A caller's first INVITE only gets 488, and
// only where it cannot be read: what else a caller hears is not decided here.
type Reject struct {
	Leg    Leg
	Status int
}

// HangUp ends the leg, whatever it takes: BYE, CANCEL, or a refusal of the caller's INVITE. The leg is over for the
// machine.
type HangUp struct{ Leg Leg }

// EarlyMedia tells that the other side has been given what this leg, which has not answered yet, sends early.
type EarlyMedia struct{ Leg Leg }

// Joined tells that each side has the other's description.
type Joined struct{}

// Parted tells that the legs have been taken apart.
type Parted struct{}

// Held tells that this leg's side holds the other.
type Held struct{ By Leg }

// Retrieved tells that this leg's side holds the other no longer.
type Retrieved struct{ By Leg }

// Failed tells that what was asked for has not come about. A join that fails leaves both legs what they had.
type Failed struct {
	Leg    Leg // whose fault it was
	Why    Reason
	Status int // of a refusal
}

func (Offer) effect()       {}
func (AskForOffer) effect() {}
func (Answer) effect()      {}
func (Reject) effect()      {}
func (HangUp) effect()      {}
func (EarlyMedia) effect()  {}
func (Joined) effect()      {}
func (Parted) effect()      {}
func (Held) effect()        {}
func (Retrieved) effect()   {}
func (Failed) effect()      {}

// Reason is why something failed.
type Reason uint8

// The reasons.
const (
	RefusedByLeg  Reason = iota + 1 // Status says how
	Unreadable                      // its description is none, or does not fit what it answers
	TooManyRounds                   // the two sides did not come to an end
	Ended                           // the leg is over
	NotJoined                       // there is nothing to hold or retrieve
	StillHeld                       // the phone itself holds, and does not let go
)

// String gives the reason as traces show it.
func (r Reason) String() string {
	names := [...]string{"unknown", "refused", "unreadable", "too many rounds", "ended", "not joined", "still held"}
	if int(r) >= len(names) {
		r = 0
	}
	return names[r]
}
