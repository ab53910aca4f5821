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
	by      Party   // who is to blame when its leg is hung up by its pair
	held    [2]bool // by the agent, by the remote party, as was told
	doing   doing   // what is to be told of
}

// doing is a command that has no answer yet.
type doing uint8

const (
	nothing doing = iota
	holding
	retrieving
	moving
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
	if id == Station || m.leg(id) != nil {
		return
	}
	c := &call{leg: &leg{id: id}}
	m.calls = append(m.calls, c)
	m.want(m.station, c.leg)
}

// auto reports that the station is to answer by itself: always, but where it rings for a call that nobody has accepted.
func (m *Machine) auto() bool {
	if m.station.want == nil {
		return true
	}
	c := m.callOf(m.station.want)
	return c == nil || c.state != ringing
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
	if g := m.meeting; g != nil && g.to == l {
		m.gather()
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
		m.stationLost()
	case l.phase == incoming:
		m.fail(m.callOf(l), Callee)
	case l.pair == nil:
		m.missed(l)
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

// missed takes that somebody whom the agent wanted to bring in could not be reached.
func (m *Machine) missed(l *leg) {
	l.phase = absent
	switch c := m.callOf(l); {
	case c != nil:
		m.fail(c, Callee)
	case m.meeting != nil:
		m.scatter(Target)
	default:
		m.stay(Target)
	}
}

// over takes that a leg's peer has hung up.
func (m *Machine) over(id string) {
	l := m.leg(id)
	switch {
	case l == nil || l.phase != up:
	case l == m.station:
		m.stationOver()
	default:
		m.parted(l, Remote)
	}
}

// gone takes that a leg was hung up by its pair, whose other leg is over or which found nothing to be heard.
func (m *Machine) gone(l *leg) {
	switch c := m.callOf(l); {
	case l == m.station:
		m.stationGone()
	case c != nil && c.by == System:
		m.remove(c)
		m.emit(Failed{l.id, Media})
	case c != nil:
		m.parted(l, c.by)
	default:
		m.parted(l, Remote)
	}
}

// parted forgets a leg that is over.
func (m *Machine) parted(l *leg, by Party) {
	c := m.callOf(l)
	switch {
	case m.leftMeeting(l):
	case c != nil:
		m.remove(c)
		m.emit(Ended{l.id, by})
	case m.move != nil && m.move.to == l:
		m.leave(l)
		m.stay(Target)
	default: // of a call that is not the agent's any more
		m.leave(l)
	}
}

// fail ends a call that was not answered.
func (m *Machine) fail(c *call, why Blame) {
	if c == nil {
		return
	}
	m.kept = why == Callee && c.state == dialled && m.cfg.Keep > 0
	m.remove(c)
	m.emit(Failed{c.leg.id, why})
}

// remove takes a call out of the line. Its leg is over, or is not the agent's any more.
func (m *Machine) remove(c *call) {
	m.calls = slices.DeleteFunc(m.calls, func(o *call) bool { return o == c })
	if m.station.phase == calling && m.station.want == c.leg && m.station.pair == nil {
		m.unwant(c.leg) // settle hangs the station up, unless somebody else needs it
	}
	o := m.move
	if o != nil && !o.has(c) {
		o = nil
	} else {
		m.move = nil
	}
	m.leave(c.leg)
	if o != nil {
		m.abort(o, c)
	}
}

// drop hangs a call up for the agent.
func (m *Machine) drop(id string) {
	c := m.call(id)
	if c == nil || m.leaveMeeting(c) {
		return
	}
	if c.leg.phase != absent {
		m.emit(HangUp{id})
	}
	m.remove(c)
}
