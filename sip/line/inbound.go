package line

import "tieline/sip/join"

// A call that has come in.
//
//	state     | input                     | effects                                        | next
//	–         | Take                      | –                                              | offered
//	offered   | Ring, RingAtOnce, no station yet | Invite the station with the caller's offer     | ringing
//	offered   | Accept                    | the same, to answer by itself                  | accepting
//	offered   | Accept, the agent talks   | AnswerFailed (State)                           | offered
//	accepting, answered | Accept          | AnswerFailed (State)                           | the same
//	ringing   | Accept                    | HangUp the station, Invite it to answer by itself | accepting
//	ringing, accepting | the station is up | Answer the caller with what it says           | the same
//	ringing, accepting | the station is lost | AnswerFailed (Phone)                        | offered
//	ringing, accepting | the station is over | AnswerFailed (HungUp); once the caller was answered HangUp, Ended (Agent) | offered, –
//	ringing, accepting | the caller knows | Answered                                       | answered
//	offered, ringing, accepting | the caller is lost | HangUp the station, Failed (Callee) | –
//
// A caller that makes no offer is offered what the station has said, which is called with an offer of ours.

func (m *Machine) take(in Take) {
	if m.leg(in.Call) != nil {
		return
	}
	m.calls = append(m.calls, &call{leg: &leg{id: in.Call, phase: incoming, offer: in.SDP}, state: offered})
}

// ring has a station ring that is not there yet. One that is would answer the caller in the same moment.
func (m *Machine) ring(id string) {
	c := m.call(id)
	if c != nil && c.state == offered && m.cfg.RingAtOnce && m.station.phase == absent && m.available() {
		c.state = ringing
		want(m.station, c.leg)
	}
}

func (m *Machine) accept(id string) {
	c := m.call(id)
	switch {
	case c == nil:
	case c.state == ringing:
		c.state = accepting
		if m.station.phase == calling {
			m.unpair(c.leg)
			m.hangUp(m.station)
			want(m.station, c.leg)
		}
	case c.state == offered && m.available():
		c.state = accepting
		want(m.station, c.leg)
	default:
		m.emit(AnswerFailed{id, State})
	}
}

// acknowledged takes the ACK of a caller.
func (m *Machine) acknowledged(l *leg, sdp []byte) {
	c := m.callOf(l)
	l.phase, c.state = up, answered
	m.emit(Answered{l.id})
	if l.offer == nil && l.pair != nil {
		m.step(l.pair, join.Answered{Leg: l.side, SDP: sdp})
	}
}

// unanswered has a caller wait again, who has not been told anything yet.
func (m *Machine) unanswered(c *call) {
	why := c.leg.why
	if m.station.phase == up {
		why = Media
	}
	m.unpair(c.leg)
	c.state = offered
	m.emit(AnswerFailed{c.leg.id, why})
}

// unpair takes a caller that was not answered out of its pair, which has nothing to say to it.
func (m *Machine) unpair(l *leg) {
	if l.pair != nil {
		l.pair.ends[l.side] = nil
		l.pair = nil
	}
}
