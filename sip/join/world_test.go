package join

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
)

// FuzzWorld lets two phones with habits of their own do what they like to a machine.
func FuzzWorld(f *testing.F) {
	f.Add([]byte{0, 0, 1, 7, 0, 2, 0, 2, 0})
	f.Add([]byte{1, 9, 4, 5, 1, 7, 0, 2, 9, 2, 1})
	f.Add([]byte{2, 0, 1, 7, 0, 2, 0, 2, 8, 6, 0, 3, 1, 4, 1})
	f.Fuzz(func(t *testing.T, history []byte) { play(t, history) })
}

// TestRandomWorlds plays many of them, the same ones each time.
func TestRandomWorlds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 5_000 {
		history := make([]byte, 3+2*r.IntN(40))
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
	for _, name := range []string{"joined", "parted", "held", "retrieved", "failed", "early", "hang up", "offer?", "reject 491", "reject 504"} {
		if seen[name] < 30 {
			t.Errorf("%q was seen %d times: the world is too small", name, seen[name])
		}
	}
}

// world is a machine, its phones, and what may not happen.
type world struct {
	t      *testing.T
	m      *Machine
	now    time.Time
	phones [2]phone
	seen   map[string]int
	log    []string

	before  [2]string // where each phone sent to before the join; empty: not known
	restore bool      // the join has failed
}

// play reads two bytes for each event, then makes everybody cooperate and looks at what has come of it.
func play(t *testing.T, history []byte) *world {
	t.Helper()
	w := &world{t: t, m: New(Config{}), now: epoch, seen: map[string]int{}}
	setups := [][2]string{{"8 0 101", "8 101"}, {"8 0 9 101", "0 18"}, {"8 0", "9 18"}, {"0 8 9 18 101", "18 101"}}
	how := byte(0)
	if len(history) > 0 {
		how, history = history[0], history[1:]
	}
	for l := range w.phones {
		w.phones[l] = phone{codecs: strings.Fields(setups[how%4][l]), port: 4000 + 1000*l, restless: how>>5&4 == 0 && how>>(5+l)&1 == 1}
	}
	if how&4 == 0 {
		w.bringUp(A)
	}
	if how&24 == 24 {
		w.bringUp(B)
	}
	for i := 0; i+1 < len(history); i += 2 {
		w.event(history[i], history[i+1])
	}
	w.settle()
	w.calm()
	if t.Failed() {
		t.Logf("setup %d:\n%s", how, strings.Join(w.log, "\n"))
	}
	return w
}

// bringUp gives a phone a session with a source of ours.
func (w *world) bringUp(l Leg) {
	p := &w.phones[l]
	given, err := offer.Parse(offertest.Describe("gw:7000 0 8 9 18 101"))
	if err != nil {
		w.t.Fatal(err)
	}
	p.local, p.remote, p.up = w.answerOf(p, given), given, true
	w.step(LegUp{Leg: l, Party: Party{Theirs: p.local.Bytes(), Given: given.Bytes()}})
}

func (w *world) event(what, how byte) {
	l := Leg(how & 1)
	p := &w.phones[l]
	if p.ended && what%16 < 10 {
		return
	}
	switch what % 16 {
	case 0, 1, 2, 3:
		w.respond(l)
	case 4:
		w.refuse(l, how)
	case 5, 6:
		w.offers(l, how)
	case 7:
		w.early(l, how)
	case 8:
		if p.out != nil && !p.outIn2xx && p.up || p.outEmpty && p.up {
			p.out, p.outEmpty, p.unsaid = nil, false, true
			w.step(Withdrawn{Leg: l})
		}
	case 9:
		if how%16 < 2 {
			w.hangsUp(l)
		}
	case 10, 11:
		w.now = w.now.Add(time.Duration(how) * 50 * time.Millisecond)
		w.step(Tick{})
	default:
		w.command(how)
	}
}

func (w *world) command(how byte) {
	l := Leg(how >> 1 & 1)
	switch how >> 2 % 8 {
	case 0, 1, 2:
		w.step(Join{Keep: [2]bool{how&32 != 0, how&64 != 0}})
	case 3:
		w.step(Split{Park: [2]Parking{Parking(how >> 5 % 3), Parking(how >> 6 % 3)}})
	case 4, 5:
		w.step(Hold{By: l})
	default:
		w.step(Retrieve{By: l})
	}
}

// step checks what a step says.
func (w *world) step(in Input) {
	w.t.Helper()
	w.log = append(w.log, inputLine(in))
	switch in.(type) {
	case Answered, Refused, Tick, Withdrawn:
	default:
		w.phones[A].offersToLeg, w.phones[B].offersToLeg = 0, 0
	}
	w.remember(in)
	waits := w.m.goal == joined && !w.m.saidJoined
	effects := w.m.Step(w.now, in)
	if waits && w.m.goal == apart {
		w.restore = true
	}
	for _, e := range effects {
		w.log = append(w.log, "        "+effectLine(e))
		w.take(e)
	}
	if len(effects) > 8 {
		w.t.Errorf("%d effects of one input", len(effects))
	}
}

// remember notes what a join finds, for the case that it fails.
func (w *world) remember(in Input) {
	switch in.(type) {
	case Split, LegUp, LegEnded: // other reasons to be apart
		w.restore, w.before = false, [2]string{}
	case Join:
		if w.m.goal == joined {
			return
		}
		w.restore = false
		for l := range w.phones {
			w.before[l] = ""
			if p := &w.phones[l]; w.m.legs[l].phase == idle && p.remote != nil && p.remote.HasAudio() {
				w.before[l] = strings.Fields(offertest.Brief(p.remote.Bytes()))[0]
			}
		}
	}
}

// restored: a join that has failed leaves each leg what it had, unless it does not take that any more.
func (w *world) restored() {
	w.t.Helper()
	for l := range w.phones {
		p := &w.phones[l]
		if !w.restore || w.before[l] == "" || !p.up || w.m.legs[l].stuck {
			continue
		}
		if now := strings.Fields(offertest.Brief(p.remote.Bytes()))[0]; now != w.before[l] {
			w.t.Errorf("%v had %v before the join failed, and has %v", Leg(l), w.before[l], now)
		}
	}
}

func (w *world) take(e Effect) {
	w.t.Helper()
	switch e := e.(type) {
	case Offer:
		w.offered(e.Leg, e.SDP)
	case AskForOffer:
		w.seen["offer?"]++
		w.offered(e.Leg, nil)
	case Answer:
		w.answered(e)
	case Reject:
		w.seen["reject "+strconv.Itoa(e.Status)]++
		w.rejected(e)
	case HangUp:
		w.seen["hang up"]++
		if w.phones[e.Leg].ended {
			w.t.Errorf("%v is hung up and is over", e.Leg)
		}
		if p := &w.phones[e.Leg]; p.up && (p.out != nil || p.outEmpty) {
			w.t.Errorf("%v is left without an answer", e.Leg)
		}
		w.phones[e.Leg] = phone{ended: true}
	case EarlyMedia:
		w.seen["early"]++
	case Joined:
		w.seen["joined"]++
		w.connected()
	case Parted:
		w.seen["parted"]++
	case Held:
		w.seen["held"]++
		w.connected()
	case Retrieved:
		w.seen["retrieved"]++
		w.connected()
	case Failed:
		w.seen["failed"]++
	}
}

// offered: one offer at a time, in either direction; rounds have an end.
func (w *world) offered(l Leg, sdp []byte) {
	w.t.Helper()
	p := &w.phones[l]
	if p.in != nil || p.asked || p.inACK || p.out != nil || p.outEmpty || p.ended || p.called {
		w.t.Errorf("an offer too many for %v", l)
	}
	if p.offersToLeg++; p.offersToLeg > 2*maxRounds+maxGlares {
		w.t.Errorf("round %d with %v", p.offersToLeg, l)
	}
	p.called = !p.up
	if sdp == nil {
		p.asked = true
		return
	}
	p.in = w.sound(l, sdp)
}

// sound is a description in which no place is missing.
func (w *world) sound(l Leg, sdp []byte) *offer.Description {
	w.t.Helper()
	d, err := offer.Parse(sdp)
	if err != nil {
		w.t.Fatal(err)
	}
	if p := &w.phones[l]; p.remote != nil && d.Streams() < p.remote.Streams() {
		w.t.Errorf("%v is offered %d streams after %d", l, d.Streams(), p.remote.Streams())
	}
	return d
}

func (w *world) answered(e Answer) {
	w.t.Helper()
	p := &w.phones[e.Leg]
	switch {
	case p.outEmpty:
		p.outEmpty = false
		p.in, p.inACK = w.sound(e.Leg, e.SDP), true
		p.up = true
	case p.out == nil || p.ended:
		w.t.Errorf("%v has an answer and did not ask", e.Leg)
	default:
		d := w.sound(e.Leg, e.SDP)
		if d.Streams() != p.out.Streams() {
			w.t.Errorf("%v offered %d streams and is answered %d", e.Leg, p.out.Streams(), d.Streams())
		}
		p.local, p.remote, p.unsaid = p.out, d, p.unsaid && p.outIn2xx
		p.out, p.outIn2xx, p.up = nil, false, true
	}
}

func (w *world) rejected(e Reject) {
	w.t.Helper()
	p := &w.phones[e.Leg]
	if p.out == nil && !p.outEmpty || p.ended || p.outIn2xx || !p.up {
		w.t.Errorf("%v is refused and did not ask, or cannot be refused", e.Leg)
	}
	p.out, p.outEmpty, p.unsaid = nil, false, true
}

// connected: each side has the other's latest description, and both see the same media flow.
func (w *world) connected() {
	w.t.Helper()
	for l := range w.phones {
		x, y := &w.phones[l], &w.phones[1-l]
		if x.remote == nil || y.local == nil {
			if !x.inACK && !y.inACK {
				w.t.Errorf("%v is joined to nobody", Leg(l))
			}
			continue
		}
		have, want := strings.Fields(offertest.Brief(x.remote.Bytes())), strings.Fields(offertest.Brief(y.local.Bytes()))
		if have[0] != want[0] {
			w.t.Errorf("%v sends to %v, and the other is at %v", Leg(l), have, want)
		}
		bySender := x.local.Directions()[0]&offer.Sends != 0 && x.remote.Directions()[0]&offer.Receives != 0
		byReceiver := y.local.Directions()[0]&offer.Receives != 0 && y.remote.Directions()[0]&offer.Sends != 0
		if bySender != byReceiver {
			w.t.Errorf("media of %v: it sends %v, the other hears %v", Leg(l), bySender, byReceiver)
		}
	}
}

// settle makes the phones answer whatever is asked of them until nobody says anything any more.
func (w *world) settle() {
	w.t.Helper()
	for range 200 {
		quiet := true
		for l := range w.phones {
			if p := &w.phones[l]; p.in != nil || p.asked {
				quiet = false
				w.respond(Leg(l))
			}
		}
		if due := w.m.Deadline(); quiet && !due.IsZero() {
			quiet = false
			w.now = due
			w.step(Tick{})
		}
		if quiet {
			w.quiet()
			return
		}
	}
	w.t.Errorf("it never ends")
}

// quiet: nothing waits for anything, but a caller for our decision.
func (w *world) quiet() {
	w.t.Helper()
	for l := range w.phones {
		if p := &w.phones[l]; p.up && (p.out != nil || p.outEmpty) {
			w.t.Errorf("%v waits for an answer", Leg(l))
		}
	}
	w.restored()
	caller := w.phones[B].out != nil || w.phones[B].outEmpty
	nobody := !w.phones[A].up && !w.phones[B].up && !caller
	waiting := w.m.cmd == joining && (nobody || caller)
	if w.m.cmd != none && !waiting {
		w.t.Errorf("%v is never heard of again", w.m.cmd)
	}
	if w.m.goal == joined && (w.phones[A].ended || w.phones[B].ended) {
		w.t.Error("joined to nobody")
	}
}

// calm lets go of every hold, and looks whether the phones talk.
func (w *world) calm() {
	w.t.Helper()
	if !w.m.Joined() || w.phones[A].restless && w.phones[B].restless {
		return // two that never give the same answer twice are never done with
	}
	for l := range w.phones {
		w.step(Retrieve{By: Leg(l)})
		w.settle()
		if p := &w.phones[l]; p.up && (p.holds || p.unsaid) {
			p.holds = false
			w.offers(Leg(l), 8) // once more, where an earlier offer was refused
			w.settle()
		}
	}
	if !w.m.Joined() || w.t.Failed() {
		return
	}
	w.connected()
	for l := range w.phones {
		p := &w.phones[l]
		if p.local.Directions()[0] != offer.Both || p.remote.Directions()[0] != offer.Both {
			w.t.Errorf("%v is left on hold: %v, %v", Leg(l), offertest.Brief(p.local.Bytes()), offertest.Brief(p.remote.Bytes()))
		}
		if w.m.Held(Leg(l)) {
			w.t.Errorf("%v is said to hold", Leg(l))
		}
	}
}
