package register

import (
	"math/rand/v2"
	"testing"
	"time"

	"tieline/sip/invite"
)

// world is a registrar, a network and somebody who starts and stops, all by chance.
type world struct {
	t    *testing.T
	rnd  *rand.Rand
	m    *Machine
	now  time.Time
	good bool // the registrar answers 200 within a second, and nobody stops

	wanted bool
	told   bool          // Registered was the last word
	sent   *Send         // under way
	due    time.Time     // when it has its answer
	lag    time.Duration // how late a Tick may come
	bound  time.Time     // the registrar's binding lasts until then
	log    []time.Time   // of all exchanges begun
	off    bool          // Removed was the last word
}

func (w *world) step(in Input) {
	for _, e := range w.m.Step(w.now, in) {
		switch e := e.(type) {
		case Send:
			w.send(e)
		case Registered:
			if !e.Until.After(w.now) {
				w.t.Fatalf("%s: registered until the past", w.now)
			}
			w.told = true
		case Lost:
			if w.good {
				w.t.Fatalf("%s: lost at a good registrar", w.now)
			}
			w.told = false
		case Removed:
			w.told, w.off = false, true
			if w.wanted {
				w.t.Fatalf("%s: removed, but wanted", w.now)
			}
		}
	}
	if w.off != w.m.Off() {
		w.t.Fatalf("%s: off is %v, told %v", w.now, w.m.Off(), w.off)
	}
	if w.told && w.sent == nil && w.m.Deadline().IsZero() {
		w.t.Fatalf("%s: registered, and nothing pending", w.now)
	}
	if w.wanted && w.sent == nil && w.m.Deadline().IsZero() {
		w.t.Fatalf("%s: wanted, and nothing pending", w.now)
	}
}

func (w *world) send(e Send) {
	if w.sent != nil {
		w.t.Fatalf("%s: two REGISTERs at a time", w.now)
	}
	if w.off {
		w.t.Fatalf("%s: sends although it is off", w.now)
	}
	if e.Expires > 0 && !w.wanted && !e.Auth {
		w.t.Fatalf("%s: registers although nobody wants it", w.now)
	}
	if !e.Auth {
		w.log = append(w.log, w.now)
	}
	w.sent, w.due = &e, w.now.Add(time.Duration(w.rnd.IntN(900))*time.Millisecond)
}

// answer is what the registrar, or the lack of one, makes of the REGISTER under way.
func (w *world) answer() Input {
	e := *w.sent
	w.sent = nil
	kind := w.rnd.IntN(12)
	if w.good {
		kind = 0
	}
	switch kind {
	case 1:
		return Failed{Kind: invite.Transport}
	case 2, 3: // the answer was lost, or the request
		if kind == 2 {
			w.bind(e.Expires)
		}
		return Failed{Kind: invite.Timeout}
	case 4:
		return Response{Status: 401, Challenge: invite.FreshChallenge}
	case 5:
		return Response{Status: 401, Challenge: invite.StaleChallenge}
	case 6:
		return Response{Status: 403}
	case 7:
		return Response{Status: 503, RetryAfter: time.Duration(w.rnd.IntN(100)) * time.Second}
	case 8:
		return Response{Status: 423, MinExpires: time.Duration(w.rnd.IntN(7200)) * time.Second}
	}
	granted := min(e.Expires, time.Duration(30+w.rnd.IntN(7200))*time.Second)
	w.bind(granted)
	return Response{Status: 200, Granted: granted}
}

func (w *world) bind(d time.Duration) {
	w.bound = time.Time{}
	if d > 0 {
		w.bound = w.now.Add(d)
	}
}

// next goes on to whatever comes first.
func (w *world) next() {
	at := w.m.Deadline()
	if !at.IsZero() {
		at = at.Add(time.Duration(w.rnd.Int64N(int64(w.lag))))
	}
	if w.sent != nil && (at.IsZero() || w.due.Before(at)) {
		w.advance(w.due)
		w.step(w.answer())
		return
	}
	if at.IsZero() {
		at = w.now.Add(time.Second)
	}
	w.advance(at)
	w.step(Tick{})
}

func (w *world) advance(at time.Time) {
	if at.After(w.now) {
		w.now = at
	}
	if w.good && w.told && !w.bound.After(w.now) {
		w.t.Fatalf("%s: the binding has ended in between", w.now)
	}
}

// whim starts, stops or breaks the connection now and then.
func (w *world) whim() {
	switch w.rnd.IntN(20) {
	case 0:
		w.wanted, w.off = true, false
		w.step(Start{})
	case 1:
		if !w.good {
			w.wanted, w.told = false, false
			w.step(Stop{})
		}
	case 2:
		w.step(ConnectionLost{})
	}
}

func newWorld(t *testing.T, seed uint64) *world {
	rnd := rand.New(rand.NewPCG(seed, 1))
	return &world{
		t: t, rnd: rnd, now: start, lag: 500 * time.Millisecond, off: true,
		m: New(Config{Expires: time.Duration(60+rnd.IntN(7200)) * time.Second, Chance: rnd.IntN}),
	}
}

// TestHistories: whatever the registrar answers and whoever starts and stops, there is one REGISTER at a time, nothing
// in a tight loop, and in the end nothing left at the registrar.
func TestHistories(t *testing.T) {
	for seed := range uint64(2000) {
		w := newWorld(t, seed)
		for range 200 {
			w.whim()
			w.next()
		}
		// Nobody sends more than a few exchanges in any ten seconds, even if started and stopped again and again.
		for i := 40; i < len(w.log); i++ {
			if d := w.log[i].Sub(w.log[i-40]); d < 10*time.Second {
				t.Fatalf("seed %d: 40 exchanges within %s", seed, d)
			}
		}
		// The world becomes good: it registers, and stays so.
		w.wanted, w.off, w.good = true, false, false
		w.step(Start{})
		for range 100 {
			if w.sent != nil {
				w.advance(w.due)
				w.good = true
				w.step(w.answer())
				break
			}
			w.next()
		}
		for range 50 {
			if w.next(); w.sent == nil && w.m.asked > 0 && !w.told {
				t.Fatalf("seed %d: a good registrar has not got it", seed)
			}
		}
		// And then it leaves.
		w.wanted = false
		w.step(Stop{})
		for range 5 {
			if !w.off {
				w.next()
			}
		}
		if !w.off || w.bound.After(w.now) {
			t.Fatalf("seed %d: stopped, but off %v, bound until %s", seed, w.off, w.bound)
		}
	}
}

// TestNoTightLoop: a registrar that always says the same is left alone for longer and longer, or as long as it grants.
func TestNoTightLoop(t *testing.T) {
	for name, in := range map[string]Input{
		"403": Response{Status: 403}, "500": Response{Status: 500}, "503 at once": Response{Status: 503, RetryAfter: time.Nanosecond},
		"challenges": Response{Status: 401, Challenge: invite.StaleChallenge}, "423": Response{Status: 423, MinExpires: 24 * time.Hour},
		"200 for nothing": Response{Status: 200}, "200 for a second": Response{Status: 200, Granted: time.Second},
		"no transport": Failed{Kind: invite.Transport}, "302": Response{Status: 302},
	} {
		m := New(Config{Chance: rand.IntN})
		m.Step(start, Start{})
		sent := 0
		for now := start; now.Before(start.Add(time.Hour)); {
			if at := m.Deadline(); at.After(now) {
				now = at
			}
			effects := m.Step(now, Tick{})
			for len(effects) > 0 {
				if _, ok := effects[len(effects)-1].(Send); !ok {
					break
				}
				sent++
				effects = m.Step(now, in)
			}
		}
		most := 40
		if name == "200 for a second" {
			most = 3600 / 5
		}
		if sent > most+1 {
			t.Errorf("%s: %d requests within an hour", name, sent)
		}
	}
}
