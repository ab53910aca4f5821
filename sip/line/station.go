package line

import (
	"slices"

	"tieline/sip/join"
)

// stationLost takes that the station has not taken the call.
func (m *Machine) stationLost() {
	p, l := m.station.pair, m.station.want
	m.station.phase = absent
	m.unwant(m.station)
	if l == nil {
		return
	}
	c := m.callOf(l)
	switch {
	case c == nil:
	case c.state == waiting:
		m.fail(c, Phone)
	case c.state < answered:
		m.unanswered(c, Phone)
	default:
		m.returned(c, Phone)
	}
	if p != nil { // it has nobody left, or a call that goes on
		m.station.pair = nil
		p.ends[m.station.side] = nil
		m.step(p, join.Refused{Leg: m.station.side, Status: 480})
	}
}

// stationOver takes that the agent has hung up the station, and with it the call that it is in.
func (m *Machine) stationOver() {
	if m.leftMeeting(m.station) {
		return
	}
	p := m.station.pair
	if p != nil {
		if c := m.partner(p); c != nil {
			c.by = Agent
		}
	}
	m.leave(m.station)
	m.stationGone()
}

// stationGone ends what cannot go on without the station.
func (m *Machine) stationGone() {
	m.unwant(m.station)
	m.station.phase, m.station.pair = absent, nil
	m.kept = false
	for _, c := range slices.Clone(m.calls) {
		switch {
		case c.state == waiting:
			m.remove(c)
			m.emit(Ended{c.leg.id, Agent})
		case c.doing == holding || c.doing == retrieving:
			m.returned(c, HungUp)
		}
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

// joined takes that a pair's legs hear each other.
func (m *Machine) joined(p *pair) {
	m.stop(p)
	c := m.partner(p)
	switch {
	case m.meeting != nil && !m.meeting.open:
		m.met()
	case c == nil:
		m.moved(p)
	case m.move != nil && m.move.blame != 0:
		m.stayed()
	case c.doing == retrieving:
		c.doing, c.held[Agent] = nothing, false
		m.emit(Retrieved{c.leg.id, Agent})
	}
}

// failed takes that what a pair was to do has not come about.
func (m *Machine) failed(p *pair, e join.Failed) {
	c := m.partner(p)
	switch {
	case e.Why == join.Ended: // its end is told
	case m.meeting != nil && !m.meeting.open:
		m.scatter(Target)
	case c == nil:
		m.stay(Target)
	case m.move != nil && m.move.blame != 0:
		m.stayed()
	case e.Why == join.StillHeld:
		m.returned(c, Stubborn)
	case c.doing == holding || c.doing == retrieving:
		m.returned(c, m.culprit(p, e))
	case c.state == dialled && c.refused:
		m.fail(c, Callee)
	case c.state == dialled:
		m.emit(HangUp{c.leg.id})
		m.fail(c, Media)
	case c.state < answered:
		m.unanswered(c, Media)
	case !p.machine.Joined():
		m.emit(HangUp{c.leg.id})
		m.remove(c)
		m.emit(Failed{c.leg.id, Media})
	}
}

func (m *Machine) culprit(p *pair, e join.Failed) Blame {
	switch {
	case e.Why == join.NotJoined:
		return State
	case p.ends[e.Leg] == m.station:
		return Phone
	default:
		return Callee
	}
}
