package line

import (
	"time"

	"tieline/sip/join"
)

// The station: it is called for the first call that needs it, and let go when none does any more.
//
//	the station is | input                  | effects                        | next
//	absent         | a call wants it        | Invite                         | called
//	called         | nobody wants it any more | HangUp                       | absent
//	called         | Lost                   | of the call: Failed, AnswerFailed, HoldFailed (Phone) | absent
//	called         | Up                     | see call.go, inbound.go        | up
//	up             | Over                   | of the call that it is in: Ended (Agent), or as in transfer.go | absent
//	up             | no call needs it       | HangUp                         | absent
//	up             | it is alone, and needed | Offer of silence              | up
//	up             | the callee was not reached, and Keep | –                | kept
//	kept           | a call wants it        | –                              | up
//	kept           | Leave, or Keep is over | HangUp                         | absent

// auto reports that the station is to answer by itself: always, but where it rings for a call that nobody has accepted.
func (m *Machine) auto() bool {
	if m.station.want == nil {
		return true
	}
	c := m.callOf(m.station.want)
	return c == nil || c.state != ringing
}

// available reports that the station may be called, or may leave who it is connected with.
func (m *Machine) available() bool {
	if m.move != nil || m.meeting != nil {
		return false
	}
	if m.station.want == nil {
		return true
	}
	c := m.callOf(m.station.want)
	return c == nil || c.held[Agent] && c.doing == nothing
}

// stationOver takes that the agent has hung up the station, and with it the call that it is in, or has not taken it.
func (m *Machine) stationOver(why Blame) {
	m.station.part(why)
	m.leave(m.station)
}

// needing are the calls that the station is there for.
func (m *Machine) needing() []*call {
	var all []*call
	for _, c := range m.calls {
		if c.state != offered {
			all = append(all, c)
		}
	}
	return all
}

// settle lets the station go that nobody needs any more. One that is alone meanwhile hears and says nothing.
func (m *Machine) settle() {
	s, needed := m.station, len(m.needing()) > 0
	waits := s.phase == up && !needed && m.kept
	if !waits {
		m.kept, m.keptUntil = false, time.Time{}
	} else if m.keptUntil.IsZero() {
		m.keptUntil = m.now.Add(m.cfg.Keep)
	}
	switch {
	case s.phase == up && !needed && !waits, s.phase == calling && s.want == nil:
		m.hangUp(s)
	case s.phase == up && s.want == nil:
		m.silence(s)
	}
}

// silence tells a leg that is alone that nobody is there: where it was told to send may be somebody else's soon.
func (m *Machine) silence(l *leg) {
	p := l.pair
	if p == nil || p.silent || p.ends[l.side.Other()] != nil {
		return
	}
	p.split, p.silent = true, true
	var park [2]join.Parking
	park[l.side] = join.Silence
	m.stop(p)
	m.step(p, join.Split{Park: park})
}
