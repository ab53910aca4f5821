package invite

import "time"

// peerOffer takes the peer's request, or refuses it because another exchange is under way.
func (x *Exchange) peerOffer(now time.Time, in PeerOffer) {
	switch {
	case x.stage == settled:
		x.begin(now, in)
	case x.stage == answering && !in.Invite && in.Local && !x.without:
		x.emit(AcceptOffer{Seq: in.Seq, Local: true})
	case x.stage == offered, x.stage == asked && !in.Invite:
		x.refuse(in.Seq, 500, "Server Internal Error")
	case x.stage == closed:
		x.refuse(in.Seq, 481, "Call/Transaction Does Not Exist")
	default:
		x.refuse(in.Seq, 491, "Request Pending")
	}
}

func (x *Exchange) begin(now time.Time, in PeerOffer) {
	x.seq, x.invite, x.without, x.told = in.Seq, in.Invite, in.SDP == "", !in.Local
	if in.Local {
		x.answer(AcceptOffer{Seq: in.Seq, Local: true})
		return
	}
	x.stage, x.until = offered, now.Add(answerWithin)
	if in.Invite {
		x.emit(SendTrying{in.Seq})
	}
	x.emit(Offered{in.SDP})
}

// answer sends the 2xx.
func (x *Exchange) answer(e AcceptOffer) {
	x.settle()
	if x.invite {
		x.stage = answering
	}
	x.emit(e)
}

func (x *Exchange) accept(in Accept) {
	switch x.stage {
	case offered:
		x.answer(AcceptOffer{Seq: x.seq, SDP: in.SDP})
	case asked:
		x.acknowledge(AckReinvite{Try: x.try, SDP: in.SDP})
	}
}

func (x *Exchange) reject(in Reject) {
	switch x.stage {
	case offered:
		x.settle()
		x.refuse(x.seq, in.Status, in.Phrase)
	case asked:
		x.acknowledge(AckReinvite{Try: x.try, Park: true})
	}
}

// peerAck takes the ACK of a 2xx of ours, and with it perhaps the answer to an offer of ours.
func (x *Exchange) peerAck(in PeerAck) {
	if x.stage != answering || in.Seq != x.seq {
		return
	}
	x.settle()
	switch {
	case !x.without || !x.told:
	case in.SDP == "":
		x.emit(OfferFailed{Outcome: Outcome{Kind: Refused}})
	default:
		x.emit(Renegotiated{SDP: in.SDP})
	}
}

// refuse sends a final response from 300 on. 500 has to say when to come again
// (https://www.rfc-editor.org/rfc/rfc3261#section-14.2).
func (x *Exchange) refuse(seq uint32, status int, phrase string) {
	later := time.Duration(-1)
	if status == 500 {
		later = time.Duration(x.cfg.Chance(longestRetryAfter+1)) * time.Second
	}
	x.emit(RefuseOffer{Seq: seq, Status: status, Phrase: phrase, Later: later})
}

// withdrawn takes what the INVITE's transaction has already settled, also where our 2xx came too late for it
// (https://www.rfc-editor.org/rfc/rfc3261#section-9.2).
func (x *Exchange) withdrawn(seq uint32) {
	if x.stage != offered && x.stage != answering || x.seq != seq {
		return
	}
	x.settle()
	x.emit(Withdraw{seq})
	x.emit(OfferGone{Outcome{Kind: Cancelled}})
}
