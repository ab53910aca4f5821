package line

import (
	"slices"

	"tieline/sip/join"
)

// state is how far a call has come.
type state uint8

const (
	waiting   state = iota // out: the station has to be there first
	dialled                // out: the callee is called
	offered                // in: nobody is called
	ringing                // in: the station rings
	accepting              // in: the station is called, to answer by itself
	answered               // both sides have answered
)

// call is a call of the agent's.
//
//	state     | input               | effects                                    | next
//	–         | Place               | Invite the station, unless it is there     | waiting, dialled
//	–         | Place, the agent talks | Failed (State)                          | –
//	waiting   | the station is up   | Invite the callee with what it has said    | dialled
//	waiting   | the station is lost | Failed (Phone)                             | –
//	dialled   | Progress            | Reached, perhaps Play                      | dialled
//	dialled   | the callee is up    | Answered; its answer goes to the station   | answered
//	dialled   | the callee is lost: no codec in common | one more round, see sip/join | dialled
//	dialled   | the callee is lost  | Failed (Callee)                            | –
//	waiting, dialled | the station is over | HangUp the callee, Ended (Agent)    | –
//	answered  | its leg is over     | Ended (Remote); HangUp the station, unless it is needed | –
//	answered  | the station is over | HangUp the other one, Ended (Agent)        | –
//	answered  | nothing in common   | HangUp, Failed (Media)                     | –
//	any       | Drop                | HangUp                                     | –
//
// What is not in the table is in inbound.go, hold.go, transfer.go and conference.go.
type call struct {
	leg     *leg
	state   state
	alerted bool
	refused bool    // the callee has refused what it was offered
	held    [2]bool // by the agent, by the remote party, as was told
	parked  bool    // by the agent, and not only at the phone: it stays so when the station leaves
	doing   doing   // what is to be told of
	refers  bool    // a REFER to its peer has no outcome yet
}

// doing is a command that has no answer yet.
type doing uint8

const (
	nothing     doing = iota
	aboutToHold       // once it is connected with the station: it was answered, and its media follow
	holding
	retrieving // it is connected with the station
	fetching   // it was not
	moving     // it is to be connected with somebody else
)

func (m *Machine) call(id string) *call {
	for _, c := range m.calls {
		if c.leg.id == id {
			return c
		}
	}
	return nil
}

// callOf is the call of a leg; nil: it is the station, or nobody's.
func (m *Machine) callOf(l *leg) *call {
	i := slices.IndexFunc(m.calls, func(c *call) bool { return c.leg == l })
	if i < 0 {
		return nil
	}
	return m.calls[i]
}

func (m *Machine) place(id string) {
	switch {
	case m.leg(id) != nil: // the name is taken, and an answer would be about that call
	case !m.available():
		m.emit(Failed{id, State})
	default:
		c := &call{leg: &leg{id: id}}
		m.calls = append(m.calls, c)
		want(m.station, c.leg)
	}
}

func (m *Machine) progress(in Progress) {
	l := m.leg(in.Leg)
	if l == nil || l.phase != calling || l == m.station {
		return
	}
	if c := m.callOf(l); c != nil {
		c.alerted = c.alerted || in.Alerted
		m.emit(Reached{l.id, in.Alerted})
	}
	if in.Alerted {
		m.ringBack(l)
	}
}

// up takes that somebody has answered.
func (m *Machine) up(in Up) {
	l := m.leg(in.Leg)
	if l == nil {
		return
	}
	switch l.phase {
	case calling:
		m.picked(l, in.SDP)
	case incoming:
		m.acknowledged(l, in.SDP)
	case absent, up:
	}
}

// picked takes the 2xx to our INVITE. The callee has answered, whatever becomes of its media.
func (m *Machine) picked(l *leg, sdp []byte) {
	l.phase = up
	if c := m.callOf(l); c != nil {
		c.state = answered
		m.emit(Answered{l.id})
	}
	switch {
	case l.pair == nil:
		l.party = join.Party{Theirs: sdp, Given: l.sent}
	case l.sent == nil:
		m.step(l.pair, join.Supplied{Leg: l.side, SDP: sdp})
	default:
		m.step(l.pair, join.Answered{Leg: l.side, SDP: l.pair.finalAnswer(sdp)})
	}
}

// lost takes that a leg ended before it was answered.
func (m *Machine) lost(in Lost) {
	l := m.leg(in.Leg)
	switch {
	case l == nil || l.phase != calling && l.phase != incoming:
	case l == m.station:
		m.stationOver(Phone)
	case l.phase == incoming:
		m.fail(m.callOf(l), Callee)
	case l.pair == nil:
		m.leave(l)
	default:
		m.refusedBy(l, in)
	}
}

// refusedBy takes that somebody has refused our INVITE. Perhaps it was what they were offered, and they are called once more
// with something else, but never who was alerted (protocol.md §7.4).
func (m *Machine) refusedBy(l *leg, in Lost) {
	status := in.Status
	if c := m.callOf(l); c != nil {
		if c.refused || c.alerted {
			status = 480
		}
		c.refused = true
	}
	if in.Alerted || status == 0 {
		status = 480
	}
	p := l.pair
	m.stop(p)
	l.phase = absent
	m.step(p, join.Refused{Leg: l.side, Status: status})
}

// over takes that a leg is over that was answered.
func (m *Machine) over(l *leg, by Party) {
	if l == m.station {
		m.stationOver(HungUp)
		return
	}
	c := m.callOf(l)
	if c == nil || m.meets(c) {
		m.leave(l)
		return
	}
	m.remove(c)
	m.emit(Ended{l.id, by})
}

// fail ends a call that was not answered.
func (m *Machine) fail(c *call, why Blame) {
	m.kept = why == Callee && c.state == dialled && m.cfg.Keep > 0
	m.remove(c)
	m.emit(Failed{c.leg.id, why})
}

// remove takes a call out of the line. Its leg is over.
func (m *Machine) remove(c *call) {
	m.release(c)
	m.leave(c.leg)
}

// release lets a call go on without the agent.
func (m *Machine) release(c *call) {
	m.calls = slices.DeleteFunc(m.calls, func(o *call) bool { return o == c })
}

// drop hangs a call up for the agent.
func (m *Machine) drop(id string) {
	c := m.call(id)
	switch {
	case c == nil:
	case m.meets(c):
		m.adjourn()
	default:
		m.hangUpCall(c)
	}
}

func (m *Machine) hangUpCall(c *call) {
	if c.leg.phase != absent {
		m.emit(HangUp{c.leg.id})
	}
	m.remove(c)
}

// fare looks how a call fares, and takes one thing that has come about, or to nothing. false: there is none.
func (m *Machine) fare(c *call) bool {
	switch {
	case c.state == offered || c.doing == moving || m.meets(c):
		return false
	case c.leg.want == m.station:
		return joined(m.station, c.leg) && m.talks(c)
	case c.state < offered:
		m.unreached(c)
	case c.state < answered:
		m.unanswered(c)
	case c.doing != nothing:
		m.returned(c, c.leg.why)
	case !c.held[Agent]:
		m.abandoned(c)
	default:
		return m.waits(c)
	}
	return true
}

// unreached ends a call that the station or the callee has not come to.
func (m *Machine) unreached(c *call) {
	switch {
	case c.leg.why == HungUp:
		m.abandoned(c)
	case m.station.phase == absent:
		m.fail(c, Phone)
	case c.leg.phase == absent:
		m.fail(c, Callee)
	default:
		m.emit(HangUp{c.leg.id})
		m.fail(c, Media)
	}
}

// abandoned ends a call that has nobody at the agent's side: the agent is gone, or the two could not be connected.
func (m *Machine) abandoned(c *call) {
	m.hangUpCall(c)
	if m.station.phase == absent {
		m.emit(Ended{c.leg.id, Agent})
	} else {
		m.emit(Failed{c.leg.id, Media})
	}
}
