package line

import "tieline/sip/join"

// Who holds.
//
//	the call             | input          | effects                                              | next
//	is with the station  | Hold           | re-INVITEs; Held (Agent)                             | the same
//	is to be             | Hold           | –, held once it is                                   | is with the station
//	is with the station  | Retrieve       | re-INVITEs; Retrieved (Agent)                        | the same
//	is not               | Retrieve       | the station leaves whom the agent holds, or is called; Retrieved (Agent) | is with the station
//	is not               | Retrieve, the agent talks | HoldFailed (State)                        | the same
//	is not               | Hold           | HoldFailed (State)                                   | the same
//	is with the station  | a phone holds  | carried to the other side; Held (Agent or Remote)    | the same
//	is with the station  | it lets go     | carried to the other side; Retrieved                 | the same
//	is to be             | the station is over, or lost | HoldFailed (HungUp, Phone); it is held as before | is not
//	is not, the agent holds | its phone holds, or lets go | Held or Retrieved (Remote)                | the same
//	any                  | what was asked for fails | HoldFailed                                 | the same

func (m *Machine) hold(id string) {
	c := m.call(id)
	switch {
	case c == nil:
	case c.state != answered || c.doing != nothing || c.leg.want != m.station:
		m.emit(HoldFailed{id, State})
	default:
		c.doing = aboutToHold
	}
}

// holds begins the hold of a call that is connected with the station.
func (m *Machine) holds(c *call) {
	c.doing = holding
	m.step(c.leg.pair, join.Hold{By: m.station.side})
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
		c.doing = fetching
		want(m.station, c.leg)
	}
}

// talks takes what can be seen of a call that is connected with the station: who holds, by command or at the phone.
func (m *Machine) talks(c *call) bool {
	agent, remote := c.leg.pair.machine.Held(m.station.side), c.leg.pair.machine.Held(c.leg.side)
	switch {
	case c.state != answered:
		return false
	case c.doing == aboutToHold:
		m.holds(c)
	case c.doing == fetching && agent:
		m.returned(c, Stubborn)
	case c.doing == holding && agent, c.doing == retrieving && !agent, c.doing == fetching:
		c.parked = c.doing == holding
		c.doing = nothing
		m.tellHeld(c, Agent, agent)
	case c.doing == nothing && agent != c.held[Agent]:
		m.tellHeld(c, Agent, agent)
	case remote != c.held[Remote]:
		m.tellHeld(c, Remote, remote)
	default:
		return false
	}
	return true
}

// waits takes what can be seen of a call that the agent holds, and has left: its remote party may hold as well.
func (m *Machine) waits(c *call) bool {
	p := c.leg.pair
	if p == nil || p.machine.Holds(c.leg.side) == c.held[Remote] {
		return false
	}
	m.tellHeld(c, Remote, !c.held[Remote])
	return true
}

func (m *Machine) tellHeld(c *call, by Party, on bool) {
	c.held[by] = on
	if on {
		m.emit(Held{c.leg.id, by})
	} else {
		m.emit(Retrieved{c.leg.id, by})
	}
}

// returned takes that nothing came of a hold or retrieve.
func (m *Machine) returned(c *call, why Blame) {
	if why == Stubborn { // what is left is the phone's hold
		c.parked = false
	}
	c.doing = nothing
	m.emit(HoldFailed{c.leg.id, why})
}
