package line

import (
	"slices"
	"time"

	"tieline/sip/join"
)

// Config is what does not change.
type Config struct {
	// Waiting is what is offered to whoever is called before there is somebody to hear: our ringing tone, or
	// offer.Parked. Who is offered nothing would have to be answered at once.
	Waiting []byte
	// Ringback is the description of our ringing tone, for whoever waits for a callee without early media. nil: silence.
	Ringback []byte
	// RingAtOnce has the station ring as soon as a call has come in. Otherwise it is called when the call is accepted.
	RingAtOnce bool
	// Keep is how long a station is kept for the next call after a callee could not be reached. 0: not at all.
	Keep time.Duration
	// Music has who is held hear its PBX's music.
	Music bool
}

// Machine is one agent's line. The zero Machine is not usable; see [New].
type Machine struct {
	cfg Config
	now time.Time
	out []Effect // of the present step

	station   *leg
	calls     []*call   // in the order in which they came
	pairs     []*pair   // with at least one leg
	move      *move     // under way; nil: none
	meeting   *meeting  // the conference that the agent is in; nil: none
	kept      bool      // the station is, for the next call
	keptUntil time.Time // zero: not yet
}

// New returns the line of an agent whose station is not called.
func New(cfg Config) *Machine {
	return &Machine{cfg: cfg, station: &leg{id: Station}}
}

// Step tells the machine that in happened at now and returns what to do about it. The order of the result is the
// guarantee.
func (m *Machine) Step(now time.Time, in Input) []Effect {
	m.now = now
	m.expire()
	m.apply(in)
	for m.connect() || m.reach() {
	}
	m.settle()
	m.pairs = slices.DeleteFunc(m.pairs, func(p *pair) bool { return p.ends[join.A] == nil && p.ends[join.B] == nil })
	out := m.out
	m.out = nil
	return out
}

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending that time could end.
func (m *Machine) Deadline() time.Time {
	first := m.keptUntil
	for _, p := range m.pairs {
		if d := p.machine.Deadline(); !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	return first
}

// Idle reports that there is no leg: the machine may be forgotten.
func (m *Machine) Idle() bool {
	return m.station.phase == absent && len(m.calls) == 0 && len(m.pairs) == 0
}

func (m *Machine) apply(in Input) {
	switch in := in.(type) {
	case Place:
		m.place(in.Call)
	case Take:
		m.take(in)
	case Ring:
		m.ring(in.Call)
	case Accept:
		m.accept(in.Call)
	case Hold:
		m.hold(in.Call)
	case Retrieve:
		m.retrieve(in.Call)
	case Connect:
		m.connectCalls(in)
	case Transfer:
		m.transfer(in)
	case Confer:
		m.confer(in)
	case Drop:
		m.drop(in.Call)
	case Leave:
		m.kept = false
	case Progress:
		m.progress(in)
	case Early:
		m.early(in)
	case Up:
		m.up(in)
	case Lost:
		m.lost(in)
	case Over:
		if l := m.leg(in.Leg); l != nil && l.phase == up {
			m.over(l, Remote)
		}
	case Heard:
		if l := m.leg(in.Leg); l != nil && l.pair != nil {
			m.step(l.pair, l.heard(in.In))
		}
	case Referred:
		m.referred(in)
	case Tick:
	}
}

// expire does what is due by now.
func (m *Machine) expire() {
	if !m.keptUntil.IsZero() && !m.now.Before(m.keptUntil) {
		m.kept = false
	}
	for _, p := range slices.Clone(m.pairs) {
		if d := p.machine.Deadline(); !d.IsZero() && !m.now.Before(d) {
			m.step(p, join.Tick{})
		}
	}
}

// reach takes one thing that has come about, or to nothing. Like what is to be connected, it is seen from what is.
func (m *Machine) reach() bool {
	return m.move != nil && m.moves() || m.meeting != nil && m.parts() || slices.ContainsFunc(m.calls, m.fare)
}

func (m *Machine) emit(e Effect) { m.out = append(m.out, e) }
