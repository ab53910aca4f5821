package line

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tieline/sip/offer/offertest"
)

// FuzzWorld lets an application without a plan and phones with habits of their own do what they like to a line.
func FuzzWorld(f *testing.F) {
	f.Add([]byte{0, 0, 100, 0, 0, 0, 0, 0, 0, 1})
	f.Add([]byte{1, 4, 101, 0, 104, 0, 0, 0, 0, 0, 0, 1, 108, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, history []byte) {
		if len(history) < 400 {
			play(t, history)
		}
	})
}

// TestRandomWorlds plays many of them, the same ones each time.
func TestRandomWorlds(t *testing.T) {
	const worlds = 600
	r := rand.New(rand.NewPCG(3, 4))
	seen := map[string]int{}
	for range worlds {
		history := make([]byte, 2+2*r.IntN(50))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		w := play(t, history)
		for name, n := range w.seen {
			seen[name] += n
		}
		if t.Failed() {
			t.Fatalf("history: %v", history)
		}
	}
	for _, name := range interesting {
		if seen[name] < worlds/250 {
			t.Errorf("%q was seen %d times: the world is too small", name, seen[name])
		}
	}
	if testing.Verbose() {
		for _, name := range slices.Sorted(maps.Keys(seen)) {
			t.Log(name, seen[name])
		}
	}
}

// interesting is what has to have been seen often.
var interesting = []string{
	"answered out", "answered in", "answered by hand", "failed", "failed phone", "failed media", "ended agent", "ended remote",
	"held agent", "held remote", "retrieved agent", "retrieved remote", "hold failed", "answer failed", "move failed",
	"rubbish", "moved connect", "moved transfer", "moved confer", "member left", "tone", "early", "asked for an offer", "491", "504", "488",
	"station called again", "station kept", "talks at last",
}

// world is a line, its phones, and what may not happen.
type world struct {
	t      *testing.T
	m      *Machine
	cfg    Config
	now    time.Time
	phones []*phone // in the order in which they came
	port   int
	plain  bool // from now on nobody has ideas of its own
	calls  map[string]*told
	names  []string    // of all calls, in their order
	pairs  [][2]string // legs that live and end together
	seen   map[string]int
	log    []string
	wish   Input // of the present step

	trouble bool   // somebody has refused something, or may have nothing in common with somebody
	useless *phone // its session is of no use any more: it is hung up, but not for us to say
}

// play reads two bytes for each event, then has everybody cooperate, and looks at what has come of it.
func play(t *testing.T, history []byte) *world {
	t.Helper()
	how, begun := byte(0), byte(0)
	if len(history) > 1 {
		how, begun, history = history[0], history[1], history[2:]
	}
	cfg := Config{Waiting: waitingTone, RingAtOnce: how&1 != 0, Music: how&2 != 0}
	if how&4 != 0 {
		cfg.Ringback = waitingTone
	}
	if how&8 != 0 {
		cfg.Keep = 30 * time.Second
	}
	w := &world{t: t, m: New(cfg), cfg: cfg, now: epoch, calls: map[string]*told{}, seen: map[string]int{}}
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
		if t.Failed() {
			t.Logf("setup %d:\n%s", how, strings.Join(w.log, "\n"))
		}
	}()
	w.begin(begun)
	for i := 0; i+1 < len(history) && !t.Failed(); i += 2 {
		w.event(history[i], history[i+1])
	}
	for _, last := range []func(){w.settle, w.calm, w.end} {
		if !t.Failed() {
			last()
		}
	}
	return w
}

// step checks what a step says.
func (w *world) step(in Input) {
	w.t.Helper()
	w.wish = in
	w.log = append(w.log, fmt.Sprintf("%v %s", w.now.Sub(epoch), inputText(in)))
	effects := w.m.Step(w.now, in)
	for _, e := range effects {
		w.log = append(w.log, "        "+effectText(e))
		if !w.perform(e) {
			w.hear(e)
		}
	}
	if !w.m.keptUntil.IsZero() {
		w.seen["station kept"]++
	}
	if len(effects) > 40 {
		w.t.Errorf("%d effects of one input", len(effects))
	}
	w.useless = nil
	w.always()
}

// phone is the one at a leg; nil: the leg is not there.
func (w *world) phone(leg string) *phone {
	for _, p := range w.phones {
		if p.leg == leg {
			return p
		}
	}
	return nil
}

func (w *world) forget(p *phone) {
	w.phones = slices.DeleteFunc(w.phones, func(o *phone) bool { return o == p })
}

// settle makes the phones answer whatever is asked of them until nobody says anything any more.
func (w *world) settle() {
	w.t.Helper()
	for range 1000 {
		quiet := !w.cooperate()
		if due := w.m.Deadline(); quiet && !due.IsZero() {
			if due.Before(w.now) {
				w.t.Errorf("the deadline has passed")
			}
			quiet = false
			w.now = due
			w.step(Tick{})
		}
		if w.t.Failed() {
			return
		}
		if quiet {
			w.quiet()
			return
		}
	}
	w.t.Errorf("it never ends")
}

// calm lets go of every hold, and looks whether the agent can talk with a call that is left.
func (w *world) calm() {
	w.t.Helper()
	w.plain = true
	for _, p := range w.phones {
		p.codecs, p.restless, p.unsaid = slices.Clone(setups[0]), false, true
	}
	w.letGo()
	var left []string
	for _, name := range w.names {
		if c := w.calls[name]; !c.over && c.answered {
			if len(c.members) > 0 {
				return // the agent is in a conference
			}
			left = append(left, name)
		}
	}
	if len(left) == 0 || w.t.Failed() {
		return
	}
	w.reach(left[0], left[1:])
}

// reach has the agent talk with a call, and hold the others.
func (w *world) reach(name string, others []string) {
	w.t.Helper()
	for _, other := range others {
		if c := w.calls[other]; !c.over && !c.held[Agent] {
			w.ask("hold", other, Hold{other})
			w.settle()
			if !c.over && !c.held[Agent] && !w.t.Failed() {
				w.t.Errorf("%v cannot be held", other)
			}
		}
	}
	c := w.calls[name]
	w.ask("retrieve", name, Retrieve{name})
	w.settle()
	w.letGo()
	p, s := w.phone(name), w.phone(Station)
	switch {
	case c.over || w.t.Failed():
	case c.held[Agent] || c.held[Remote]:
		w.t.Errorf("%v is left on hold", name)
	case p == nil || s == nil || !p.hears(s) || !s.hears(p):
		w.t.Errorf("%v and the agent do not hear each other", name)
	default:
		w.seen["talks at last"]++
	}
}

// letGo has every phone that holds, or has something to say, say what it wants.
func (w *world) letGo() {
	for _, p := range slices.Clone(w.phones) {
		if w.phone(p.leg) == p && p.stands == up && (p.holds || p.unsaid) && !w.t.Failed() {
			p.holds = false
			w.offers(p, 5)
			w.settle()
		}
	}
}

// end drops everything, and looks whether anybody is left.
func (w *world) end() {
	w.t.Helper()
	for _, name := range w.names {
		if !w.calls[name].over {
			w.drop(name)
		}
	}
	w.step(Leave{})
	w.settle()
	for _, pair := range w.pairs { // who talks without the agent hangs up some time
		if p := w.phone(pair[0]); p != nil {
			w.hangsUp(p)
		}
	}
	w.settle()
	for _, p := range w.phones {
		w.t.Errorf("%v is left", p.leg)
	}
	if !w.m.Idle() || !w.m.Deadline().IsZero() {
		w.t.Errorf("the line is not idle: %+v", w.m)
	}
}

// inputText is an input in a few words.
func inputText(in Input) string {
	switch in := in.(type) {
	case Take:
		return "take " + in.Call + " " + offertest.Brief(in.SDP)
	case Early:
		return in.Leg + " early " + offertest.Brief(in.SDP)
	case Up:
		return in.Leg + " up " + offertest.Brief(in.SDP)
	case Heard:
		return in.Leg + " " + heardText(in.In)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T%+v", in, in), "line.")
}
