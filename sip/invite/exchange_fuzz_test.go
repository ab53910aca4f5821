package invite

import (
	"math/rand/v2"
	"testing"
	"time"
)

// FuzzExchangeHistory plays a history of arbitrary inputs and holds the exchanges to their invariants.
func FuzzExchangeHistory(f *testing.F) {
	f.Add([]byte{0, 0, 2, 5, 4, 0})             // an offer of ours, answered
	f.Add([]byte{1, 0, 2, 5, 6, 0, 9, 200})     // one that is asked for
	f.Add([]byte{0, 0, 5, 0, 2, 3, 9, 9, 2, 5}) // glare
	f.Add([]byte{5, 0, 6, 0, 8, 0, 5, 2, 9, 255})
	f.Fuzz(func(t *testing.T, history []byte) { playExchange(t, history) })
}

// TestRandomExchangeHistories plays many of them, the same ones each time.
func TestRandomExchangeHistories(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		history := make([]byte, 2*r.IntN(16))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		playExchange(t, history)
		if t.Failed() {
			t.Fatalf("history: %v", history)
		}
	}
}

// playExchange reads two bytes for each input, what and how, then ends the call and lets time pass.
func playExchange(t *testing.T, history []byte) {
	t.Helper()
	now := epoch
	w := &exchangeWatch{t: t, x: newExchange(true), peers: map[uint32]bool{}, success: map[int]bool{}}
	w.step(now, Confirmed{})
	for i := 0; i+1 < len(history); i += 2 {
		in, pause := w.input(history[i], history[i+1])
		now = now.Add(pause)
		w.step(now, in)
		if due := w.x.Deadline(); !due.IsZero() && !due.After(now) {
			t.Fatalf("%v: the deadline was not acted on", w.x.stage)
		}
	}
	if !w.over && w.offers != w.told+len(w.x.queue) {
		t.Fatalf("%d offers, %d told, %d wait", w.offers, w.told, len(w.x.queue))
	}
	w.step(now, Over{})
	for i := 0; !w.x.Done(); i++ {
		now = w.x.Deadline()
		if now.IsZero() || i > 2 {
			t.Fatal("over, and not done by itself")
		}
		w.step(now, Tick{})
	}
	w.finish()
}

// exchangeWatch holds what an Exchange does against what it promises.
type exchangeWatch struct {
	t       *testing.T
	x       *Exchange
	seq     uint32
	offers  int
	told    int // Renegotiated or OfferFailed for them; Renewed or RenewFailed for Renew
	over    bool
	try     int             // the latest re-INVITE
	open    bool            // it has no final response
	unacked bool            // a 2xx of ours to an INVITE has no ACK
	peers   map[uint32]bool // requests of the peer's: true once they have a response
	success map[int]bool    // 2xx by try: true once acknowledged
	was     stage           // before the step
}

// input maps two bytes to an input and the time before it. Responses follow INVITEs, an ACK follows a 2xx of ours.
func (w *exchangeWatch) input(what, how byte) (ExchangeInput, time.Duration) {
	switch what % 10 {
	case 0:
		return Offer{SDP: "ours"}, 0
	case 1:
		if how%2 == 0 {
			return Renew{}, 0
		}
		return Offer{}, 0
	case 2, 3, 4:
		if w.try == 0 {
			return Tick{}, 0
		}
		r := Response{Try: w.try, Status: []int{100, 183, 401, 491, 488, 200, 200, 481, 500}[how%9], RetryAfter: time.Second}
		if how < 200 {
			r.SDP = "theirs"
		}
		if r.Status == 401 && how%2 == 0 {
			r.Challenge = FreshChallenge
		}
		if !w.open && r.Status/100 != 2 || r.Status/100 == 2 && !w.open && !w.hasSuccess() {
			return Tick{}, 0 // a transaction has one final response
		}
		return r, 0
	case 5:
		w.seq++
		in := PeerOffer{Seq: w.seq, Invite: how%2 == 0, SDP: "theirs", Local: how%4 > 1}
		if in.Invite && how%8 == 0 {
			in.SDP = ""
		}
		return in, 0
	case 6:
		return Accept{SDP: "ours"}, 0
	case 7:
		return Reject{Status: 488}, 0
	case 8:
		if how%3 == 0 {
			return Withdrawn{Seq: w.seq}, 0
		}
		return PeerAck{Seq: w.seq, SDP: "theirs"}, 0
	default:
		return Tick{}, time.Duration(how) * 300 * time.Millisecond
	}
}

func (w *exchangeWatch) hasSuccess() bool { _, ok := w.success[w.try]; return ok }

func (w *exchangeWatch) step(now time.Time, in ExchangeInput) {
	w.before(in)
	w.was = w.x.stage
	gaveUp := false
	for _, e := range w.x.Step(now, in) {
		if gaveUp {
			w.t.Fatalf("%T after giving up", e)
		}
		_, gaveUp = e.(GiveUp)
		w.effect(e)
	}
	if gaveUp {
		w.step(now, Over{})
	}
}

func (w *exchangeWatch) before(in ExchangeInput) {
	switch in := in.(type) {
	case Offer, Renew:
		if !w.over {
			w.offers++
		}
	case PeerOffer:
		w.peers[in.Seq] = false
	case Over:
		w.over = true
	case PeerAck, Withdrawn:
		w.unacked = false
	case Response:
		if in.Status >= 200 {
			w.open = false
		}
		if in.Status/100 == 2 && !w.success[in.Try] {
			w.success[in.Try] = false
		}
	case TransactionTimeout, TransportFailed:
		w.open = false
	}
}

func (w *exchangeWatch) effect(e ExchangeEffect) {
	switch e := e.(type) {
	case SendReinvite:
		for seq, answered := range w.peers {
			if !answered {
				w.t.Fatalf("a re-INVITE while the peer's request %d waits", seq)
			}
		}
		if w.over || w.unacked || e.Try != w.try+1 {
			w.t.Fatalf("re-INVITE %d: over %v, without ACK %v", e.Try, w.over, w.unacked)
		}
		w.try, w.open = e.Try, true
	case AckReinvite:
		if w.success[e.Try] && !e.Park { // a copy of a 2xx may be parked once more: its owner repeats the ACK
			w.t.Fatalf("another ACK for %d", e.Try)
		}
		w.success[e.Try] = true
	case AcceptOffer:
		w.answer(e.Seq)
		w.unacked = w.x.stage == answering
	case RefuseOffer:
		w.answer(e.Seq)
	case Withdraw:
		w.peers[e.Seq] = true
	case Renewed, RenewFailed:
		if w.over || w.was != inviting {
			w.t.Fatalf("%T of %v", e, w.was)
		}
		w.told++
	case Renegotiated, OfferFailed:
		if w.over {
			w.t.Fatalf("%T after the end", e)
		}
		if w.was == inviting { // in answering it is about the offer in a 2xx of ours
			w.told++
		}
		if w.was != inviting && w.was != answering {
			w.t.Fatalf("%T of %v", e, w.was)
		}
	case OfferGone:
		if w.over || w.was != asked && w.was != offered && w.was != answering {
			w.t.Fatalf("%T of %v", e, w.was)
		}
	}
}

func (w *exchangeWatch) answer(seq uint32) {
	if answered, ok := w.peers[seq]; !ok || answered {
		w.t.Fatalf("request %d has another response", seq)
	}
	w.peers[seq] = true
}

func (w *exchangeWatch) finish() {
	for try, acknowledged := range w.success {
		if !acknowledged {
			w.t.Errorf("the 2xx to %d has no ACK", try)
		}
	}
	for seq, answered := range w.peers {
		if !answered {
			w.t.Errorf("request %d has no response", seq)
		}
	}
}
