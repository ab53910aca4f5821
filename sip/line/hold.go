package line

import "tieline/sip/join"

// Who holds.
//
//	the call             | input          | effects                                              | next
//	is with the station  | Hold           | re-INVITEs; Held (Agent)                             | the same
//	is with the station  | Retrieve       | re-INVITEs; Retrieved (Agent)                        | the same
//	is not               | Retrieve       | the station leaves whom the agent holds, or is called; Retrieved (Agent) | is with the station
//	is not               | Retrieve, the agent talks | HoldFailed (State)                        | the same
//	is not               | Hold           | HoldFailed (State)                                   | the same
//	is with the station  | a phone holds  | carried to the other side; Held (Agent or Remote)    | the same
//	is with the station  | it lets go     | carried to the other side; Retrieved                 | the same
//	any                  | what was asked for fails | HoldFailed                                 | the same

func (m *Machine) hold(id string) {
	c := m.call(id)
	switch {
	case c == nil:
	case c.state != answered || c.doing != nothing || !connected(m.station, c.leg):
		m.emit(HoldFailed{id, State})
	default:
		c.doing = holding
		m.step(c.leg.pair, join.Hold{By: m.station.side})
	}
}

func (m *Machine) retrieve(id string) {
	c := m.call(id)
	switch {
	case c == nil:
	case c.state != answered || c.doing != nothing:
		m.emit(HoldFailed{id, State})
	case connected(m.station, c.leg):
		c.doing = retrieving
		m.step(c.leg.pair, join.Retrieve{By: m.station.side})
	case !m.available():
		m.emit(HoldFailed{id, State})
	default:
		c.doing = retrieving
		m.want(m.station, c.leg)
	}
}

// held takes that somebody holds, or no longer does, by command or at the phone.
func (m *Machine) held(p *pair, by join.Leg, on bool) {
	c := m.partner(p)
	if c == nil {
		return
	}
	who, answers := Remote, false
	if p.ends[by] == m.station {
		who = Agent
		answers = on && c.doing == holding || !on && c.doing == retrieving
	}
	if answers {
		c.doing = nothing
	} else if c.held[who] == on {
		return
	}
	c.held[who] = on
	if on {
		m.emit(Held{c.leg.id, who})
	} else {
		m.emit(Retrieved{c.leg.id, who})
	}
}

// returned takes that nothing came of a hold or retrieve.
func (m *Machine) returned(c *call, why Blame) {
	if c.doing == retrieving && !connected(m.station, c.leg) {
		m.unwant(c.leg)
	}
	c.doing = nothing
	m.emit(HoldFailed{c.leg.id, why})
}
