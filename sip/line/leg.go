package line

import (
	"slices"

	"tieline/sip/join"
)

// phase is where a leg stands.
type phase uint8

const (
	absent   phase = iota // not called, or over
	incoming              // it calls us: its INVITE waits for our answer
	calling               // our INVITE is pending
	up                    // answered
)

// leg is one dialog, or what is to become one.
type leg struct {
	id    string
	phase phase
	offer []byte // incoming: of its INVITE; nil: it wants ours
	taken bool   // incoming: our answer is on its way
	sent  []byte // calling: our offer; nil: we want its

	// The leg it is, or is to be, connected with; and why nothing came of the latest such wish, 0: another one took its place.
	want *leg
	why  Blame

	// What decides about its session: a pair, or, between two of them, nobody.
	pair  *pair
	side  join.Leg   // of the pair
	party join.Party // while there is none
}

// leg finds a leg by its name; nil: there is none.
func (m *Machine) leg(id string) *leg {
	all := append([]*leg{m.station}, m.others()...)
	for _, c := range m.calls {
		all = append(all, c.leg)
	}
	if i := slices.IndexFunc(all, func(l *leg) bool { return l.id == id }); i >= 0 {
		return all[i]
	}
	return nil
}

// others are the legs that are no call of the agent's: who is to be brought in, the ways into a conference, and those of
// calls that go on without the agent.
func (m *Machine) others() []*leg {
	var all []*leg
	if o := m.move; o != nil {
		for _, w := range o.wishes {
			all = append(all, w[0], w[1])
		}
	}
	if g := m.meeting; g != nil {
		for _, w := range g.ways {
			all = append(all, w[0], w[1])
		}
	}
	for _, p := range m.pairs {
		all = append(all, p.ends[join.A], p.ends[join.B])
	}
	return slices.DeleteFunc(all, func(l *leg) bool { return l == nil || l == m.station || m.callOf(l) != nil })
}

// want has two legs connected, as soon as they can be. Each leaves whom it is with.
func want(a, b *leg) {
	a.part(0)
	b.part(0)
	a.want, b.want = b, a
}

// part gives up that a leg is to be connected with another one.
func (l *leg) part(why Blame) {
	if o := l.want; o != nil {
		l.want, o.want = nil, nil
		l.why, o.why = why, why
	}
}

// connected reports that two legs are, or are being connected.
func connected(a, b *leg) bool { return a.pair != nil && a.pair == b.pair && !a.pair.split }

// joined reports that they are.
func joined(a, b *leg) bool { return connected(a, b) && a.pair.machine.Joined() }

// connect does one thing that can be done now about legs that are to be connected.
func (m *Machine) connect() bool {
	for _, l := range m.waiting() {
		o := l.want
		switch {
		case connected(l, o):
		case l.phase == calling || o.phase == calling:
			// its answer is awaited
		case o.silent() && l.silent():
			m.summon(l)
			return true
		case m.free(l) && m.free(o):
			m.bind(l, o)
			return true
		}
	}
	return false
}

// waiting are the legs that are to be connected with another one, each pair once, the station first.
func (m *Machine) waiting() []*leg {
	all := []*leg{m.station}
	for _, c := range m.calls {
		all = append(all, c.leg)
	}
	all = append(all, m.others()...)
	var first []*leg
	for _, l := range all {
		if l.want != nil && !slices.Contains(first, l) && !slices.Contains(first, l.want) {
			first = append(first, l)
		}
	}
	return first
}

// silent reports that nothing is known of what a leg has to say.
func (l *leg) silent() bool { return l.phase == absent || l.phase == incoming && l.offer == nil }

// summon calls a leg before there is anybody to connect it with.
func (m *Machine) summon(l *leg) {
	if l.phase != absent {
		l = l.want
	}
	m.invite(l, m.cfg.Waiting)
}

func (m *Machine) invite(l *leg, sdp []byte) {
	l.phase, l.sent = calling, sdp
	m.emit(Invite{Leg: l.id, With: l.want.id, SDP: sdp, Auto: l == m.station && m.auto()})
}

// free reports that a leg can be connected with another one now. If it is in a pair still, it is on its way out. A station
// that is left behind is to be silent; a call that is, is held, and need not be told where it has been told so.
func (m *Machine) free(l *leg) bool {
	p := l.pair
	if p == nil {
		return true
	}
	var park [2]join.Parking
	other := l.side.Other()
	if c := m.callOf(p.ends[other]); p.ends[other] == m.station {
		park[other] = join.Silence
	} else if c != nil && !c.parked {
		park[other] = m.park(c)
	}
	m.split(p, park)
	party, ok := p.machine.Party(l.side)
	l.party = party
	return ok
}

// bind connects two legs that are free. What becomes of one when the other ends is decided here, not by their machine.
func (m *Machine) bind(a, b *leg) {
	p := &pair{machine: join.New(join.Config{Music: [2]bool{m.cfg.Music, m.cfg.Music}}), ends: [2]*leg{a, b}}
	m.pairs = append(m.pairs, p)
	for side, l := range p.ends {
		if l.pair != nil {
			l.pair.ends[l.side] = nil
		}
		l.pair, l.side = p, join.Leg(side)
	}
	for side, l := range p.ends {
		switch l.phase {
		case up:
			m.step(p, join.LegUp{Leg: join.Leg(side), Party: l.party})
			l.party = join.Party{}
		case incoming:
			m.step(p, join.Offered{Leg: join.Leg(side), SDP: l.offer})
		case absent, calling: // is called by the machine
		}
	}
	m.step(p, join.Join{Keep: [2]bool{true, true}})
}

// hangUp ends a leg.
func (m *Machine) hangUp(l *leg) {
	if l.phase != absent {
		m.emit(HangUp{l.id})
	}
	m.leave(l)
}

// leave takes that a leg is over. Whoever is connected with it is hung up, too, unless there is a reason to go on; whom
// the agent holds is held as before.
func (m *Machine) leave(l *leg) {
	p := l.pair
	l.part(0)
	l.phase, l.pair = absent, nil
	if p == nil {
		return
	}
	p.ends[l.side] = nil
	side := l.side.Other()
	other := p.ends[side]
	if other == nil || m.dismissed(p, other) {
		return
	}
	var park [2]join.Parking
	if c := m.callOf(other); c != nil {
		park[side] = m.park(c)
	}
	m.split(p, park)
	m.step(p, join.LegEnded{Leg: l.side})
}

// park is what a call is told that nobody is connected with any more. Whom the agent does not hold, somebody else is about
// to be connected with.
func (m *Machine) park(c *call) join.Parking {
	switch c.parked = c.held[Agent]; {
	case !c.parked:
		return join.Untouched
	case m.cfg.Music:
		return join.Music
	default:
		return join.Silence
	}
}
