package join

import (
	"cmp"

	"tieline/sip/offer"
)

// next does one thing that can be done now. It looks at nothing but what is: how it came to be does not matter, which is
// why offers that meet, late answers and ends in the middle need no states of their own.
func (m *Machine) next() bool {
	for _, l := range order {
		if m.legs[l].phase.owes() && m.attend(l) {
			return true
		}
	}
	if m.busy() {
		return false
	}
	for _, l := range order {
		if m.round(l) {
			return true
		}
	}
	if m.unblock() {
		return true
	}
	m.tell()
	return false
}

// unblock finds another way for a leg that refused, where the other, asked for more, has said the same again.
func (m *Machine) unblock() bool {
	for _, l := range order {
		s, o := &m.legs[l], &m.legs[l.Other()]
		if m.goal == apart || s.failed || s.ask || o.ask || s.phase != idle && s.phase != absent {
			continue
		}
		if o.phase == backing || o.phase == calling {
			continue // it is not over
		}
		mute := s.theirs != nil && !m.speaks(l)
		if mute || s.stuck && !m.fresh(l) {
			m.otherWay(l, cmp.Or(s.status, 488))
			return true
		}
	}
	return false
}

// busy reports that an answer is awaited that may change what the other side is to be offered.
func (m *Machine) busy() bool {
	for l := range m.legs {
		switch p := m.legs[l].phase; p {
		case inviting, offering, asking, countering, owing, owingACK:
			return true
		}
	}
	return false
}

// round offers a leg what it should have, or asks it for an offer.
func (m *Machine) round(l Leg) bool {
	s := &m.legs[l]
	ready := s.phase == idle || s.phase == absent && m.goal == joined
	if !ready {
		return false
	}
	if s.ask {
		s.ask = false
		s.asked = true
		if m.spend(l) {
			m.askForOffer(l)
		}
		return true
	}
	if s.stuck || m.fresh(l) {
		return false
	}
	if m.spend(l) {
		m.offer(l, m.target(l))
	}
	return true
}

// spend takes one of the rounds that there are. Where none is left the leg is stuck, and another target may be due.
func (m *Machine) spend(l Leg) bool {
	if m.rounds >= maxRounds {
		m.fail(l, TooManyRounds, 0)
		return false
	}
	m.rounds++
	return true
}

func (m *Machine) askForOffer(l Leg) {
	s := &m.legs[l]
	p := asking
	if s.phase == absent {
		p = inviting
	}
	s.settleTo(p)
	m.emit(AskForOffer{Leg: l})
}

// offer sends an offer in whatever carries it: an INVITE, a re-INVITE, or the 2xx to an INVITE without a body.
func (m *Machine) offer(l Leg, d *offer.Description) {
	s := &m.legs[l]
	switch s.phase {
	case incoming, owing:
		s.settleTo(countering)
		m.emit(Answer{Leg: l, SDP: d.Bytes()})
	case absent:
		s.settleTo(calling)
		m.emit(Offer{Leg: l, SDP: d.Bytes()})
	default:
		s.settleTo(offering)
		m.emit(Offer{Leg: l, SDP: d.Bytes()})
	}
	s.sent = d
}

// tell tells what has been reached.
func (m *Machine) tell() {
	if m.goal == apart {
		m.tellParted()
		return
	}
	for _, l := range order {
		s, o := &m.legs[l], &m.legs[l.Other()]
		if s.phase == calling && s.early && o.phase == idle && m.fresh(l.Other()) && !m.saidEarly {
			m.saidEarly = true
			m.emit(EarlyMedia{Leg: l})
		}
	}
	for l := range m.legs {
		if !m.legs[l].phase.up() || !m.fresh(Leg(l)) || !m.speaks(Leg(l)) {
			return
		}
	}
	if !m.saidJoined {
		m.saidJoined = true
		m.emit(Joined{})
	}
	for l := range m.legs {
		s := &m.legs[l]
		s.ask, s.asked, s.tries = false, false, 0
		m.tellHold(Leg(l))
	}
	m.cmd = none
}

// tellHold tells who holds, by command or by phone, where it is news.
func (m *Machine) tellHold(by Leg) {
	held := m.hold[by] || m.deaf(by)
	switch {
	case held != m.saidHeld[by] && held:
		m.emit(Held{By: by})
	case held != m.saidHeld[by]:
		m.emit(Retrieved{By: by})
	case m.cmd == retrieving && m.by == by && held:
		m.emit(Failed{Leg: by, Why: StillHeld})
	}
	m.saidHeld[by] = held
}

func (m *Machine) tellParted() {
	if m.cmd != parting {
		return
	}
	for l := range m.legs {
		if s := &m.legs[l]; s.phase.up() && (s.phase != idle || !m.fresh(Leg(l))) {
			return
		}
	}
	m.cmd = none
	m.emit(Parted{})
}
