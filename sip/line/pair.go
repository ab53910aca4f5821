package line

import (
	"slices"

	"tieline/sip/join"
)

// pair is a [join.Machine] with its legs. One that went on to another pair, or is over, has left a nil.
type pair struct {
	machine *join.Machine
	ends    [2]*leg
	split   bool // they are not to be connected any more
	silent  bool // the one that is left was told so
	early   earlyMedia
}

// split takes two legs apart.
func (m *Machine) split(p *pair, park [2]join.Parking) {
	if !p.split {
		p.split = true
		m.stop(p)
		m.step(p, join.Split{Park: park})
	}
}

// dismissed hangs up a leg whose pair has lost its other one. false: it goes on.
func (m *Machine) dismissed(p *pair, l *leg) bool {
	if p.split || m.survives(l) {
		return false
	}
	if l.phase != absent {
		m.emit(HangUp{l.id})
	}
	m.over(l, Agent)
	return true
}

// survives reports that a leg goes on when the one that it is connected with is over: a station that is needed, a caller
// that was not answered, and a call that the agent is about to leave or has not come back to yet.
func (m *Machine) survives(l *leg) bool {
	if l == m.station {
		return m.kept || len(m.needing()) > 0
	}
	c := m.callOf(l)
	return c != nil && (c.doing == moving || c.doing == fetching || l.phase == incoming && !l.taken)
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
			l.taken = true
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

// mean takes what happened that cannot be seen afterwards; see reach for the rest.
func (m *Machine) mean(p *pair, e join.Effect) {
	switch e := e.(type) {
	case join.HangUp:
		if l := p.ends[e.Leg]; l != nil { // its peer does not know it any more, or cannot be understood
			m.emit(HangUp{l.id})
			m.over(l, Remote)
		}
	case join.EarlyMedia:
		m.heardEarly(p)
	case join.Joined:
		m.stop(p)
	case join.Failed:
		m.failed(p, e)
	default: // it was performed, or can be seen
	}
}

// offer makes an offer to a leg of a pair, in an INVITE where it is not called yet.
func (m *Machine) offer(p *pair, side join.Leg, sdp []byte) {
	l := p.ends[side]
	switch {
	case l == nil:
	case l.phase == absent:
		p.early = earlyMedia{}
		if c := m.callOf(l); c != nil && c.state == waiting {
			c.state = dialled
		}
		m.invite(l, sdp)
	default:
		m.emit(Offer{l.id, sdp})
	}
}

// failed takes that what a pair was to do has not come about.
func (m *Machine) failed(p *pair, e join.Failed) {
	a, b := p.ends[join.A], p.ends[join.B]
	if a == nil || b == nil || e.Why == join.Ended { // that is told
		return
	}
	var why Blame
	switch {
	case e.Why == join.NotJoined:
		why = State
	case e.Why == join.StillHeld:
		why = Stubborn
	case a.phase == up && b.phase == up && !p.machine.Joined() && slices.Contains([]int{415, 488, 606}, e.Status):
		why = Media
	case e.Leg == m.station.side && m.station.pair == p:
		why = Phone
	default:
		why = Callee
	}
	if e.Why != join.NotJoined && !p.machine.Joined() {
		p.split = true
		if a.want == b {
			a.part(why)
		}
		return
	}
	if c := m.partner(p); c != nil && (c.doing == holding || c.doing == retrieving) {
		m.returned(c, why)
	}
}

// partner is the call that the station is in a pair with; nil: none.
func (m *Machine) partner(p *pair) *call {
	for _, side := range []join.Leg{join.A, join.B} {
		if p.ends[side] == m.station && p.ends[side.Other()] != nil {
			return m.callOf(p.ends[side.Other()])
		}
	}
	return nil
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
