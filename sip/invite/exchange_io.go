package invite

import "time"

// ExchangeInput is what happened, as told to [Exchange.Step]. Descriptions are opaque here.
//
//sumtype:decl
type ExchangeInput interface{ exchangeInput() }

// Confirmed says that the ACK of the dialog's first INVITE was sent, or received.
type Confirmed struct{}

// Offer wants an offer of ours to be made: a re-INVITE. Those that come meanwhile wait.
type Offer struct {
	SDP string // empty: ask the peer for one

	renew bool
}

// Renew wants the session to be refreshed: a re-INVITE that says what was agreed. It waits as offers do.
type Renew struct{}

// PeerOffer is an INVITE of the peer's inside the dialog, or an UPDATE with a description.
type PeerOffer struct {
	Seq    uint32 // its CSeq
	Invite bool
	SDP    string // empty: an INVITE that asks for an offer
	Local  bool   // it can be answered on the spot, without asking anybody
}

// Accept answers the offer at hand: that of the peer's request, or that in the 2xx to a re-INVITE without one.
type Accept struct{ SDP string }

// Reject refuses the offer at hand. One that is in a 2xx cannot be refused: it is answered without media.
type Reject struct {
	Status int // 300–699; 500 goes with a Retry-After
	Phrase string
}

// Withdrawn says that the peer's INVITE was cancelled: its transaction has sent 487, and no other final response.
type Withdrawn struct{ Seq uint32 }

// Over says that the call is over: nobody waits for an exchange any more.
type Over struct{}

func (Confirmed) exchangeInput()          {}
func (Offer) exchangeInput()              {}
func (Renew) exchangeInput()              {}
func (Response) exchangeInput()           {}
func (TransactionTimeout) exchangeInput() {}
func (TransportFailed) exchangeInput()    {}
func (PeerOffer) exchangeInput()          {}
func (Accept) exchangeInput()             {}
func (Reject) exchangeInput()             {}
func (PeerAck) exchangeInput()            {}
func (Withdrawn) exchangeInput()          {}
func (Over) exchangeInput()               {}
func (Tick) exchangeInput()               {}

// ExchangeEffect is what the caller of [Exchange.Step] has to do or to tell, in the order of its result.
//
//sumtype:decl
type ExchangeEffect interface{ exchangeEffect() }

// SendReinvite sends an INVITE inside the dialog, with the next CSeq.
type SendReinvite struct {
	Try   int    // 1, 2, …: given back in Response, TransactionTimeout and TransportFailed
	SDP   string // empty: without a body
	Renew bool   // with what was agreed, instead of SDP
	Auth  bool   // with credentials for the challenge of the one before
}

// CancelReinvite cancels the latest re-INVITE, which has had a provisional response.
type CancelReinvite struct{}

// AckReinvite acknowledges the 2xx to a re-INVITE. The same ACK goes out again for each copy of the 2xx.
type AckReinvite struct {
	Try  int
	SDP  string // the answer; empty: none is due, but for Park
	Park bool   // answer without media, where the re-INVITE had no offer
}

// SendTrying tells the peer that its INVITE has come.
type SendTrying struct{ Seq uint32 }

// AcceptOffer sends a 2xx to the peer's request; that to an INVITE is repeated until its ACK comes.
type AcceptOffer struct {
	Seq   uint32
	SDP   string
	Local bool // with the description that PeerOffer.Local speaks of, instead of SDP
}

// RefuseOffer sends a final response from 300 on to the peer's request.
type RefuseOffer struct {
	Seq    uint32
	Status int
	Phrase string
	Later  time.Duration // Retry-After; negative: none
}

// Withdraw forgets the peer's request: it has its response.
type Withdraw struct{ Seq uint32 }

// Renegotiated tells the peer's description: its answer to our offer or, where we asked for one, its offer. That is to be
// answered by Accept, in the ACK.
type Renegotiated struct {
	SDP   string
	Offer bool
}

// Renewed tells that the session was refreshed, and what the peer has answered.
type Renewed struct{ SDP string }

// RenewFailed tells that it was not.
type RenewFailed struct {
	Outcome
	Again time.Duration // as in OfferFailed
}

// OfferFailed tells that nothing comes of an offer of ours, or of our asking for one: the session stays as it was.
type OfferFailed struct {
	Outcome
	Again time.Duration // it met another, and may be made once more after this; 0: that is final
}

// OfferGone tells that an offer of the peer's which was told wants no answer any more: the peer has withdrawn it, or
// none came in time (Expired) and it was refused, or parked where it was in a 2xx.
type OfferGone struct{ Outcome }

// Offered tells of an offer of the peer's, to be answered by Accept or Reject.
type Offered struct{ SDP string } // empty: the peer asks for one

// GiveUp tells that the dialog is of no use any more: hang up. It is the last effect of its step; Over is expected.
type GiveUp struct{}

func (SendReinvite) exchangeEffect()   {}
func (CancelReinvite) exchangeEffect() {}
func (AckReinvite) exchangeEffect()    {}
func (SendTrying) exchangeEffect()     {}
func (AcceptOffer) exchangeEffect()    {}
func (RefuseOffer) exchangeEffect()    {}
func (Withdraw) exchangeEffect()       {}
func (Renegotiated) exchangeEffect()   {}
func (OfferFailed) exchangeEffect()    {}
func (Renewed) exchangeEffect()        {}
func (RenewFailed) exchangeEffect()    {}
func (OfferGone) exchangeEffect()      {}
func (Offered) exchangeEffect()        {}
func (GiveUp) exchangeEffect()         {}
