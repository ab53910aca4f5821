package invite

import "time"

const (
	// longestRetryAfter is what https://www.rfc-editor.org/rfc/rfc3261#section-14.2 has a peer ask for at most.
	longestRetryAfter = 10
	// answerWithin is how long whoever gets an offer has for its answer. The sender of a 2xx waits for its ACK for 64·T1
	// (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4), an UPDATE as long for its response; both have to
	// travel, too, and perhaps more than once.
	answerWithin = 20 * time.Second
	// overtaking is how soon behind an ACK of ours an INVITE may arrive before it, and afterAll how long to wait then: the two
	// pass through a proxy with several workers, and the peer refuses the INVITE as the second one at a time.
	overtaking = 500 * time.Millisecond
	afterAll   = 100 * time.Millisecond
)

// ExchangeConfig is what differs from one dialog to the next.
type ExchangeConfig struct {
	OwnsCallID bool            // the Call-ID is ours
	Chance     func(n int) int // a random number from 0 to n-1
}

// stage is where the exchange of offer and answer stands.
//
//	unconfirmed ──Confirmed──▶ settled ──Offer──▶ inviting ──2xx with an offer──▶ asked
//	                             ▲ │ ▲               │                              │
//	                             │ │ └──final────────┴──────────────Accept: ACK─────┘
//	                             │ └─PeerOffer──▶ offered ──Accept: 2xx to INVITE──▶ answering
//	                             └──────────────────┴─────────────────────ACK───────────┘
//
// Over leads from everywhere to closed. What the peer wants meanwhile is answered at once:
//
//	                │ INVITE                      │ UPDATE with an offer
//	unconfirmed     │ 491                         │ 491
//	inviting        │ 491                         │ 491
//	asked           │ 491                         │ 500 with Retry-After
//	offered         │ 500 with Retry-After        │ 500 with Retry-After
//	answering       │ 491                         │ 491, or answered on the spot
//
// See https://www.rfc-editor.org/rfc/rfc3261#section-14.2 and https://www.rfc-editor.org/rfc/rfc3311#section-5.2.
type stage uint8

const (
	unconfirmed stage = iota // the first INVITE has no ACK yet
	settled                  // nothing under way
	inviting                 // our re-INVITE awaits its final response
	asked                    // its 2xx has brought an offer, and awaits its ACK with our answer
	offered                  // the peer's request awaits our answer
	answering                // our 2xx to the peer's INVITE awaits its ACK
	closed                   // the call is over
)

func (s stage) String() string {
	return [...]string{"unconfirmed", "settled", "inviting", "asked", "offered", "answering", "closed"}[s]
}

// Exchange is the offers and answers inside the dialog of a call, ours and the peer's, one at a time. The zero
// Exchange is not usable; see [NewExchange].
//
// The repetition of a 2xx of ours until its ACK comes is left to the caller, who ends the call where none does.
type Exchange struct {
	cfg   ExchangeConfig
	stage stage
	now   time.Time
	out   []ExchangeEffect // of the present step

	// Our re-INVITE.
	queue      []Offer // the first one is under way, where inviting
	try        int     // the latest
	challenges Challenges
	heard      bool      // the latest has had a provisional response
	cancelled  bool      // and was cancelled
	pending    bool      // closed, and the latest still awaits its final response
	acked      time.Time // our latest ACK
	copies     time.Time // until when a 2xx of our re-INVITEs may come, or come again
	tight      bool      // the latest re-INVITE was close behind it

	// The peer's request: offered, answering.
	seq     uint32
	invite  bool
	told    bool // somebody was told
	without bool // it had no offer: the ACK brings the answer to ours

	until time.Time // the end of the stage, or of pending; zero: none
}

// NewExchange returns the exchanges of a dialog whose first INVITE is not acknowledged yet.
func NewExchange(cfg ExchangeConfig) *Exchange { return &Exchange{cfg: cfg} }

// Step tells the exchange that in happened at now and returns what to do about it. The order of the result is the
// guarantee. Whatever was due by now goes first.
//
// Each Offer is followed by exactly one Renegotiated or OfferFailed, each Renew by one Renewed or RenewFailed, and so is each Accept of an INVITE without an
// offer, unless that is withdrawn, or Over comes before. Each PeerOffer is followed by exactly one AcceptOffer,
// RefuseOffer or Withdraw. Each 2xx is acknowledged, at the latest with Over. An offer of the peer's that was told and is
// not answered in time is gone.
func (x *Exchange) Step(now time.Time, in ExchangeInput) []ExchangeEffect {
	x.now = now
	x.expire(now)
	x.apply(now, in)
	x.proceed(now)
	out := x.out
	x.out = nil
	return out
}

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending.
func (x *Exchange) Deadline() time.Time { return x.until }

// Done reports that the call is over and that no response to a re-INVITE of ours is awaited any more, not even a copy of a
// 2xx: who has not got our ACK repeats it for 64·T1, also behind the end of the call
// (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4).
func (x *Exchange) Done() bool { return x.stage == closed && !x.pending && x.until.IsZero() }

// Ended reports that the call is over.
func (x *Exchange) Ended() bool { return x.stage == closed }

// Pending reports that a re-INVITE of ours has no final response, or no ACK.
func (x *Exchange) Pending() bool { return x.stage == inviting || x.stage == asked || x.pending }

func (x *Exchange) apply(now time.Time, in ExchangeInput) {
	switch in := in.(type) {
	case Confirmed:
		if x.stage == unconfirmed {
			x.stage, x.acked = settled, now
		}
	case Offer:
		if x.stage != closed {
			x.queue = append(x.queue, in)
		}
	case Renew:
		if x.stage != closed {
			x.queue = append(x.queue, Offer{renew: true})
		}
	case Response:
		x.response(now, in)
	case TransactionTimeout:
		x.unanswered(now, in.Try, Timeout)
	case TransportFailed:
		x.unanswered(now, in.Try, Transport)
	case PeerOffer:
		x.peerOffer(now, in)
	case Accept:
		x.accept(in)
	case Reject:
		x.reject(in)
	case PeerAck:
		x.peerAck(in)
	case Withdrawn:
		x.withdrawn(in.Seq)
	case Over:
		x.over(now)
	case Tick:
	}
}

// proceed makes the next offer of ours. No INVITE may begin while another one is in progress, in either direction
// (https://www.rfc-editor.org/rfc/rfc3261#section-14.1).
func (x *Exchange) proceed(now time.Time) {
	if x.stage == settled && len(x.queue) > 0 {
		x.reinvite(now, false)
	}
}

func (x *Exchange) reinvite(now time.Time, auth bool) {
	x.try++
	x.tight = !x.acked.IsZero() && now.Sub(x.acked) < overtaking
	x.stage, x.heard, x.cancelled = inviting, false, false
	x.until = now.Add(giveUpAfter)
	x.emit(SendReinvite{Try: x.try, SDP: x.queue[0].SDP, Renew: x.queue[0].renew, Auth: auth})
}

// settle ends whatever was under way.
func (x *Exchange) settle() { x.stage, x.until = settled, time.Time{} }

// finish ends the offer at hand.
func (x *Exchange) finish(tell ExchangeEffect) {
	x.queue = x.queue[1:]
	x.challenges = Challenges{}
	x.settle()
	x.emit(tell)
}

func (x *Exchange) failed(o Outcome, again time.Duration) {
	if x.queue[0].renew {
		x.finish(RenewFailed{Outcome: o, Again: again})
		return
	}
	x.finish(OfferFailed{Outcome: o, Again: again})
}

// expire does what is due by now.
func (x *Exchange) expire(now time.Time) {
	if x.until.IsZero() || now.Before(x.until) {
		return
	}
	switch x.stage {
	case inviting:
		x.late(now)
	case asked:
		x.acknowledge(AckReinvite{Try: x.try, Park: true})
		x.emit(OfferGone{Outcome{Kind: Expired}})
	case offered: // https://www.rfc-editor.org/rfc/rfc3311#section-5.2 has this for somebody who has to be asked
		x.refuse(x.seq, 504, "Server Time-out")
		x.settle()
		x.emit(OfferGone{Outcome{Kind: Expired}})
	default:
		x.resolved(now)
	}
}

// resolved takes that the latest re-INVITE has had its final response behind the end of the call, or will never have one.
func (x *Exchange) resolved(now time.Time) {
	x.pending, x.until = false, time.Time{}
	if x.copies.After(now) {
		x.until = x.copies
	}
}

// late takes that a re-INVITE has no final response for 64·T1. Who has shown that it is being looked after is asked to
// stop, and has as long again; without any response the dialog is over
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2).
func (x *Exchange) late(now time.Time) {
	if !x.heard || x.cancelled {
		x.unanswered(now, x.try, Timeout)
		return
	}
	x.cancelled = true
	x.until = now.Add(giveUpAfter)
	x.emit(CancelReinvite{})
}

// over closes what is open: a 2xx gets its ACK, a request of the peer's its response
// (https://www.rfc-editor.org/rfc/rfc3261#section-15.1.2).
func (x *Exchange) over(now time.Time) {
	was := x.stage
	if was == closed {
		return
	}
	switch was {
	case inviting:
		x.pending = true
	case asked:
		x.acknowledge(AckReinvite{Try: x.try, Park: true})
	case offered:
		x.refuse(x.seq, 487, "Request Terminated")
	}
	x.stage, x.queue = closed, nil
	if x.pending {
		x.until = now.Add(giveUpAfter)
		return
	}
	x.resolved(now)
}

func (x *Exchange) emit(e ExchangeEffect) {
	if _, ok := e.(AckReinvite); ok {
		x.acked, x.copies = x.now, x.now.Add(giveUpAfter)
	}
	x.out = append(x.out, e)
}
