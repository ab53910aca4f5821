package invite

import (
	"math/rand/v2"
	"testing"
	"time"
)

// FuzzHistory plays a history of arbitrary inputs and holds the attempt to its invariants.
func FuzzHistory(f *testing.F) {
	f.Add([]byte{1, 0, 4, 0, 4, 1, 17, 0})  // it rings, two forks answer, the first hangs up
	f.Add([]byte{0, 0, 14, 0, 4, 0, 18, 2}) // CANCEL crosses 200
	f.Add([]byte{7, 16, 8, 20, 4, 8})       // 401, 407, 200
	f.Add([]byte{0, 0, 20, 80, 4, 0})       // 200 at the deadline
	f.Add([]byte{17, 0, 4, 0, 4, 0})        // BYE overtakes its 200, which is repeated
	f.Fuzz(func(t *testing.T, history []byte) { play(t, history) })
}

// TestRandomHistories plays a few thousand of them, the same ones each time.
func TestRandomHistories(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		history := make([]byte, 2*r.IntN(24))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		play(t, history)
		if t.Failed() {
			t.Fatalf("history: %v", history)
		}
	}
}

// play plays a history with both kinds of INVITE.
func play(t *testing.T, history []byte) {
	t.Helper()
	for _, delayed := range []bool{false, true} {
		playOne(t, Config{ProgressTimeout: 20 * time.Second, Silence: 7 * time.Second, RingTimeout: time.Minute, Delayed: delayed}, history)
	}
}

// playOne reads two bytes for each input, what and how, then hangs up and lets time pass.
func playOne(t *testing.T, cfg Config, history []byte) {
	t.Helper()
	now := epoch
	w := newWatch(t, New(cfg))
	w.step(now, Start{})
	for i := 0; i+1 < len(history); i += 2 {
		in, pause := inputOf(history[i], history[i+1])
		now = now.Add(pause)
		w.step(now, in)
	}
	w.step(now, Hangup{})
	for i := 0; !w.c.Done(); i++ {
		due := w.c.Deadline()
		if due.IsZero() || i > 3 {
			t.Fatalf("hung up, and not done by itself: %v", w.c.state)
		}
		if due.Before(now) {
			t.Fatalf("the deadline is %v ago and was not acted on", now.Sub(due))
		}
		now = due
		w.step(now, Tick{})
	}
	w.finish()
}

// inputOf maps two bytes to an input and the time before it.
func inputOf(what, how byte) (Input, time.Duration) {
	tag := []string{"a", "b", "c", ""}[how%4]
	try := 1 + int(how/4%3)
	challenge := Challenge(how / 16 % 3)
	statuses := []int{100, 180, 183, 199, 200, 202, 302, 401, 407, 486, 503, 603, 0, 700}
	switch n := int(what) % 24; {
	case n < len(statuses):
		return Response{Try: try, Status: statuses[n], ToTag: tag, Challenge: challenge, Settled: how%7 == 0, SDP: []string{"", "x", "y"}[how/16%3]}, 0
	case n == 14:
		return Hangup{}, 0
	case n == 15:
		return TransactionTimeout{Try: try}, 0
	case n == 16:
		return TransportFailed{Try: try}, 0
	case n == 17:
		return PeerBye{ToTag: tag}, 0
	case n == 18:
		return ByeResponse{ToTag: tag, Status: []int{0, 100, 200, 401, 481}[how%5], Challenge: challenge}, 0
	case n == 19:
		return Start{}, 0
	case n == 20:
		return Acknowledge{}, 0
	default:
		return Tick{}, time.Duration(how) * 250 * time.Millisecond
	}
}

// watch is an attempt under the eyes of its invariants.
type watch struct {
	t *testing.T
	c *Client

	invites, challenges, cancels  int
	stopped                       int
	failed, answered, ended       int
	provisional                   bool // for the latest INVITE
	winner                        string
	early                         map[string]bool // descriptions told
	success, acks, byes, peerByes map[string]int
}

func newWatch(t *testing.T, c *Client) *watch {
	return &watch{t: t, c: c, success: map[string]int{}, acks: map[string]int{}, byes: map[string]int{}, peerByes: map[string]int{}, early: map[string]bool{}}
}

// step tells what is due by now first, which Step would do by itself, to know which input was heard.
func (w *watch) step(now time.Time, in Input) {
	w.t.Helper()
	w.take(w.c.Step(now, Tick{}))
	if !w.c.Done() {
		w.hear(in)
		w.take(w.c.Step(now, in))
	} else if effects := w.c.Step(now, in); len(effects) > 0 {
		w.t.Errorf("something was said after Done: %v", effects)
	}
}

// take checks what a step said.
func (w *watch) take(effects []Effect) {
	w.t.Helper()
	for _, e := range effects {
		w.effect(e)
	}
	for tag, n := range w.success {
		switch {
		case w.c.cfg.Delayed && tag == w.winner: // its ACK may wait, and copies get none meanwhile
			if (w.acks[tag] == 0) != w.c.Waiting() || w.acks[tag] > n {
				w.t.Errorf("delayed: %d 2xx, %d ACKs, waiting %v", n, w.acks[tag], w.c.Waiting())
			}
		case w.acks[tag] != n:
			w.t.Errorf("fork %q: %d 2xx, %d ACKs", tag, n, w.acks[tag])
		}
		if tag != w.winner || w.answered == 0 {
			if w.byes[tag] == 0 && w.peerByes[tag] == 0 {
				w.t.Errorf("fork %q is not the call and was not hung up", tag)
			}
		}
	}
}

func (w *watch) hear(in Input) {
	switch in := in.(type) {
	case Response:
		switch {
		case in.Status/100 == 1 && in.Try == w.invites:
			w.provisional = true
		case in.Status/100 == 2:
			w.success[in.ToTag]++
		case in.Challenge != NoChallenge && (in.Status == 401 || in.Status == 407):
			w.challenges++
		}
	case PeerBye:
		w.peerByes[in.ToTag]++
	}
}

func (w *watch) effect(e Effect) {
	w.t.Helper()
	switch e := e.(type) {
	case SendInvite:
		w.invites++
		w.provisional = false
		if w.invites > 1+w.challenges || w.invites > 1+2+maxStale || e.Try != w.invites || e.Auth != (w.invites > 1) {
			w.t.Errorf("%+v after %d challenges", e, w.challenges)
		}
	case StopInvite:
		w.stopped++
		if w.stopped > 1 || w.provisional || w.failed == 0 {
			w.t.Errorf("INVITE stopped %d times: provisional response %v, failed %d", w.stopped, w.provisional, w.failed)
		}
	case SendCancel:
		w.cancels++
		if w.cancels > 1 || !w.provisional || w.failed == 0 {
			w.t.Errorf("CANCEL %d: provisional response %v, failed %d", w.cancels, w.provisional, w.failed)
		}
	case SendAck:
		w.acks[e.ToTag]++
	case SendBye:
		w.byes[e.ToTag]++
		if w.acks[e.ToTag] == 0 || w.byes[e.ToTag] > 2 || e.Auth != (w.byes[e.ToTag] == 2) {
			w.t.Errorf("BYE %d of fork %q after %d ACKs: %+v", w.byes[e.ToTag], e.ToTag, w.acks[e.ToTag], e)
		}
	case Progress:
		if w.failed+w.answered > 0 {
			w.t.Errorf("progress after the outcome")
		}
	case EarlyMedia:
		if w.failed+w.answered > 0 || !w.provisional || w.c.cfg.Delayed || w.early[e.SDP] || e.SDP == "" {
			w.t.Errorf("early media %q: delayed %v, outcome %d, told before %v", e.SDP, w.c.cfg.Delayed, w.failed+w.answered, w.early[e.SDP])
		}
		w.early[e.SDP] = true
	case Answered:
		w.answered++
		w.winner = e.ToTag
	case Ended:
		w.ended++
	case Failed:
		w.failed++
	}
	if w.failed+w.answered > 1 || w.ended > w.answered {
		w.t.Errorf("failed %d, answered %d, ended %d", w.failed, w.answered, w.ended)
	}
}

func (w *watch) finish() {
	w.t.Helper()
	if w.failed+w.answered != 1 || w.ended != w.answered {
		w.t.Errorf("at the end: failed %d, answered %d, ended %d", w.failed, w.answered, w.ended)
	}
	if w.answered == 1 && w.byes[w.winner] == 0 && w.peerByes[w.winner] == 0 {
		w.t.Errorf("the call was not hung up")
	}
}
