package invite

import (
	"math/rand/v2"
	"testing"
	"time"
)

// FuzzServerHistory plays a history of arbitrary inputs and holds the call to its invariants.
func FuzzServerHistory(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 5, 0, 6, 0})           // it rings, is answered, acknowledged, the caller hangs up
	f.Add([]byte{1, 0, 3, 0, 11, 2, 5, 0})          // we hang up before the ACK
	f.Add([]byte{1, 0, 11, 200, 11, 200, 11, 200})  // nobody acknowledges
	f.Add([]byte{1, 0, 4, 0, 5, 0})                 // CANCEL beats our 200
	f.Add([]byte{1, 0, 6, 0, 5, 0, 11, 255, 11, 9}) // the caller's BYE beats its ACK
	f.Fuzz(func(t *testing.T, history []byte) { playServer(t, history) })
}

// TestRandomServerHistories plays many of them, the same ones each time.
func TestRandomServerHistories(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		history := make([]byte, 2*r.IntN(16))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		playServer(t, history)
		if t.Failed() {
			t.Fatalf("history: %v", history)
		}
	}
}

// playServer reads two bytes for each input, what and how, then hangs up and lets time pass.
func playServer(t *testing.T, history []byte) {
	t.Helper()
	playServerSo(t, history, false)
	playServerSo(t, history, true)
}

func playServerSo(t *testing.T, history []byte, reliable bool) {
	t.Helper()
	now := epoch
	w := &serverWatch{t: t, s: NewServer(ServerConfig{Expires: time.Minute, Reliable: reliable})}
	w.step(now, Start{})
	for i := 0; i+1 < len(history); i += 2 {
		in, pause := w.input(history[i], history[i+1])
		now = now.Add(pause)
		w.step(now, in)
	}
	w.step(now, Hangup{})
	for i := 0; !w.s.Done(); i++ {
		due := w.s.Deadline()
		if due.IsZero() || i > 40 {
			t.Fatalf("hung up, and not done by itself: %v", w.s.phase)
		}
		if due.Before(now) {
			t.Fatalf("the deadline is %v ago and was not acted on", now.Sub(due))
		}
		now = due
		w.step(now, Tick{})
	}
	w.finish()
}

// input maps two bytes to an input and the time before it. A CANCEL is told of only where it came before the final
// response, or beat the 200; an ACK only follows a final response.
func (w *serverWatch) input(what, how byte) (ServerInput, time.Duration) {
	switch what % 14 {
	case 0:
		return Ring{}, 0
	case 1:
		return Answer{}, 0
	case 2:
		return Refuse{Status: []int{486, 480, 603}[how%3]}, 0
	case 3:
		return Hangup{}, 0
	case 4:
		if w.s.phase > withdrawn {
			return Tick{}, 0
		}
		return PeerCancel{}, 0
	case 5:
		if w.refused+w.answers == 0 {
			return Tick{}, 0
		}
		return PeerAck{}, 0
	case 6:
		return PeerBye{}, 0
	case 7:
		return ByeResponse{Status: []int{0, 100, 200, 401, 481}[how%5], Challenge: Challenge(how / 16 % 3)}, 0
	case 8:
		return TransportFailed{}, 0
	case 9:
		return Start{}, 0
	case 12, 13:
		return PeerPrack{RSeq: w.rseq + uint32(how%4)/3, Seq: 1}, 0
	default:
		return Tick{}, time.Duration(how) * 250 * time.Millisecond
	}
}

// serverWatch is a call under the eyes of its invariants.
type serverWatch struct {
	t *testing.T
	s *Server

	answers, refused, acked, byes, peerByes, challenges int
	failed, answered, ended                             int
	broken                                              bool // the transport, before any final response
	rseq                                                uint32
	unpracked                                           bool
	prack                                               *bool // one is to be answered: so
	answeredAt                                          time.Time
	now                                                 time.Time
}

// step tells what is due by now first, which Step would do by itself, to know which input was heard.
func (w *serverWatch) step(now time.Time, in ServerInput) {
	w.t.Helper()
	w.now = now
	w.take(w.s.Step(now, Tick{}))
	if w.s.Done() {
		if effects := w.s.Step(now, in); len(effects) > 0 {
			w.t.Errorf("something was said after Done: %v", effects)
		}
		return
	}
	switch in := in.(type) {
	case PeerPrack:
		match := w.unpracked && in.RSeq == w.rseq
		w.prack = &match
	case PeerCancel:
		w.refused++ // the transaction has sent 487
		w.answers = 0
	case PeerAck:
		w.acked++
	case PeerBye:
		w.peerByes++
	case TransportFailed:
		w.broken = w.broken || w.s.Open()
	case ByeResponse:
		if in.Status == 401 && in.Challenge != NoChallenge {
			w.challenges++
		}
	}
	w.take(w.s.Step(now, in))
	if w.prack != nil {
		w.t.Error("a PRACK was not answered")
	}
}

func (w *serverWatch) take(effects []ServerEffect) {
	w.t.Helper()
	for _, e := range effects {
		switch e := e.(type) {
		case SendProvisional:
			if w.answers+w.refused > 0 {
				w.t.Errorf("%d after the final response", e.Status)
			}
			w.provisional(e)
		case AnswerPrack:
			if w.prack == nil || *w.prack != e.Match {
				w.t.Errorf("PRACK answered with %v", e.Match)
			}
			w.prack = nil
			w.unpracked = w.unpracked && !e.Match
		case SendAnswer:
			w.answer(e)
		case SendRefusal:
			w.refused++
		case SendBye:
			w.bye(e)
		case Failed:
			w.failed++
		case Answered:
			w.answered++
			if w.acked == 0 {
				w.t.Error("answered without ACK")
			}
		case Ended:
			w.ended++
		}
	}
	if w.answers+w.refused > 1 {
		w.t.Errorf("%d answers, %d refusals", w.answers, w.refused)
	}
	if w.failed+w.answered > 1 || w.ended > w.answered {
		w.t.Errorf("failed %d, answered %d, ended %d", w.failed, w.answered, w.ended)
	}
}

// provisional: one reliable response at a time, and the same one until its PRACK.
func (w *serverWatch) provisional(e SendProvisional) {
	switch {
	case e.RSeq == 0:
	case e.Again != w.unpracked || e.Again && e.RSeq != w.rseq || !e.Again && e.RSeq != w.rseq+1:
		w.t.Errorf("%+v after %d, without PRACK: %v", e, w.rseq, w.unpracked)
	default:
		w.rseq, w.unpracked = e.RSeq, true
	}
}

func (w *serverWatch) answer(e SendAnswer) {
	w.t.Helper()
	if !e.Again {
		w.answers++
		w.answeredAt = w.now
	}
	if w.acked > 0 || w.answers != 1 {
		w.t.Errorf("200 (again %v) after %d ACKs and %d answers", e.Again, w.acked, w.answers)
	}
}

func (w *serverWatch) bye(e SendBye) {
	w.t.Helper()
	w.byes++
	if w.answers == 0 || w.acked == 0 && w.now.Sub(w.answeredAt) < giveUpAfter {
		w.t.Errorf("BYE after %d answers, %d ACKs and %v", w.answers, w.acked, w.now.Sub(w.answeredAt))
	}
	if w.byes > 2 || e.Auth != (w.byes == 2) || w.byes == 2 && w.challenges == 0 {
		w.t.Errorf("BYE %d after %d challenges: %+v", w.byes, w.challenges, e)
	}
}

func (w *serverWatch) finish() {
	w.t.Helper()
	if w.failed+w.answered != 1 || w.ended != w.answered {
		w.t.Errorf("at the end: failed %d, answered %d, ended %d", w.failed, w.answered, w.ended)
	}
	if w.answers+w.refused != 1 && !w.broken {
		w.t.Errorf("at the end: %d answers, %d refusals", w.answers, w.refused)
	}
	if w.answers == 1 && w.byes == 0 && w.peerByes == 0 {
		w.t.Error("the call was not hung up")
	}
}
