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
	sent  []byte // calling: our offer; nil: we want its

	// The leg it is, or is to be, connected with.
	want *leg

	// What decides about its session: a pair, or, between two of them, nobody.
	pair  *pair
	side  join.Leg   // of the pair
	party join.Party // while there is none
}

// pair is a [join.Machine] with its legs. One that went on to another pair has left a nil.
type pair struct {
	machine *join.Machine
	ends    [2]*leg
	split   bool // one of them is to go on
	early   earlyMedia
}

// leg finds a leg by its name; nil: there is none.
func (m *Machine) leg(id string) *leg {
	if id == Station {
		return m.station
	}
	for _, c := range m.calls {
		if c.leg.id == id {
			return c.leg
		}
	}
	for _, l := range m.others() {
		if l.id == id {
			return l
		}
	}
	return nil
}

// others are the legs that are no call of the agent's: who is to be brought in, the ways into a conference, and those of
// calls that go on without the agent.
func (m *Machine) others() []*leg {
	var all []*leg
	if m.move != nil && m.move.to != nil {
		all = append(all, m.move.to)
	}
	if g := m.meeting; g != nil {
		all = append(append(all, g.parties[1:]...), g.rooms...)
	}
	for _, p := range m.pairs {
		for _, l := range p.ends {
			if l != nil && l != m.station {
				all = append(all, l)
			}
		}
	}
	return all
}

// want has two legs connected, as soon as they can be.
func (m *Machine) want(a, b *leg) {
	m.unwant(a)
	m.unwant(b)
	a.want, b.want = b, a
}

func (m *Machine) unwant(l *leg) {
	if l.want != nil {
		l.want.want = nil
		l.want = nil
	}
}

// connected reports that two legs are, or are being connected.
func connected(a, b *leg) bool { return a.pair != nil && a.pair == b.pair && !a.pair.split }

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
		case m.free(l) && m.free(o): // both are asked, whatever the first one says
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
	l.phase, l.sent = calling, m.cfg.Waiting
	m.emit(Invite{Leg: l.id, SDP: l.sent, Auto: l == m.station && m.auto()})
}

// free reports that a leg can be connected with another one now. If it is in a pair still, it is on its way out.
func (m *Machine) free(l *leg) bool {
	if l.pair == nil {
		return true
	}
	m.split(l.pair, l)
	party, ok := l.pair.machine.Party(l.side)
	if !ok {
		return false
	}
	l.party = party
	return true
}

// split takes two legs apart of which one is to go on. The station that is left behind is to be silent; who the agent has
// left behind is held.
func (m *Machine) split(p *pair, goes *leg) {
	if p.split {
		return
	}
	p.split = true
	in := join.Split{}
	if stays := p.ends[goes.side.Other()]; stays == m.station {
		in.Park[stays.side] = join.Silence
	}
	m.step(p, in)
}

// bind connects two legs that are free.
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
	m.step(p, join.Join{})
}

// leave takes a leg out of its pair that is over. Whoever is still wanted is not hung up with it.
func (m *Machine) leave(l *leg) {
	p := l.pair
	m.unwant(l)
	l.phase, l.pair = absent, nil
	if p == nil {
		return
	}
	p.ends[l.side] = nil
	if other := p.ends[l.side.Other()]; other != nil && l != m.station && m.survives(other) {
		p.ends[l.side] = l // for the split
		m.split(p, other)
		p.ends[l.side] = nil
	}
	m.stop(p)
	m.step(p, join.LegEnded{Leg: l.side})
}

// survives reports that a leg goes on when the other one is over.
func (m *Machine) survives(l *leg) bool {
	if l == m.station {
		return m.kept || len(m.needing()) > 0
	}
	return slices.ContainsFunc(m.calls, func(c *call) bool { return c.leg == l })
}

// hangUp ends a leg.
func (m *Machine) hangUp(l *leg) {
	if l.phase != absent {
		m.emit(HangUp{l.id})
	}
	m.leave(l)
}

// step tells a pair's machine and does what it says: first to the legs, in order, then what it means for the calls, which
// may lead to a next step.
func (m *Machine) step(p *pair, in join.Input) {
	var then []join.Effect
	for _, e := range p.machine.Step(m.now, in) {
		if !m.perform(p, e) {
			then = append(then, e)
		}
	}
	for _, e := range then {
		m.mean(p, e)
	}
}

// perform does something to a leg. false: it is not about one.
func (m *Machine) perform(p *pair, e join.Effect) bool {
	switch e := e.(type) {
	case join.Offer:
		m.offer(p, e.Leg, e.SDP)
	case join.AskForOffer:
		m.offer(p, e.Leg, nil)
	case join.Answer:
		if l := p.ends[e.Leg]; l != nil {
			m.emit(Answer{l.id, e.SDP})
		}
	case join.Reject:
		if l := p.ends[e.Leg]; l != nil {
			m.emit(Reject{l.id, e.Status})
		}
	case join.HangUp, join.EarlyMedia, join.Joined, join.Parted, join.Held, join.Retrieved, join.Failed:
		return false
	}
	return true
}

func (m *Machine) mean(p *pair, e join.Effect) {
	switch e := e.(type) {
	case join.HangUp:
		if l := p.ends[e.Leg]; l != nil {
			m.emit(HangUp{l.id})
			p.ends[e.Leg], l.pair = nil, nil // the pair's machine knows
			m.gone(l)
		}
	case join.EarlyMedia:
		m.heardEarly(p)
	case join.Joined:
		m.joined(p)
	case join.Held:
		m.held(p, e.By, true)
	case join.Retrieved:
		m.held(p, e.By, false)
	case join.Failed:
		m.failed(p, e)
	default: // it was performed, or needs nothing
	}
}

// offer makes an offer to a leg of a pair, in an INVITE where it is not called yet.
func (m *Machine) offer(p *pair, side join.Leg, sdp []byte) {
	l := p.ends[side]
	switch {
	case l == nil:
	case l.phase == absent:
		l.phase, l.sent = calling, sdp
		p.early = earlyMedia{}
		if c := m.callOf(l); c != nil && c.state == waiting {
			c.state = dialled
		}
		m.emit(Invite{Leg: l.id, SDP: sdp, Auto: l == m.station && m.auto()})
	default:
		m.emit(Offer{l.id, sdp})
	}
}

// heard gives an input of the session the leg's side.
func (l *leg) heard(in join.Input) join.Input {
	switch in := in.(type) {
	case join.Offered:
		in.Leg = l.side
		return in
	case join.Supplied:
		in.Leg = l.side
		return in
	case join.Answered:
		in.Leg = l.side
		return in
	case join.Refused:
		in.Leg = l.side
		return in
	case join.Withdrawn:
		in.Leg = l.side
		return in
	default:
		return join.Tick{}
	}
}
