package join

import "tieline/sip/offer"

// attend looks after an offer that a leg's peer waits with: it is carried to the other leg, whose answer answers it, or
// answered here. false: it has to wait.
func (m *Machine) attend(l Leg) bool {
	s, o := &m.legs[l], &m.legs[l.Other()]
	switch {
	case s.carried:
		return false
	case m.goal == apart:
		return m.alone(l)
	case s.phase != owingACK && s.owed == nil:
		return m.counter(l)
	case s.phase == owing && s.refreshed():
		m.settle(l)
		return true
	case s.phase == owingACK && m.vain(l):
		return m.alone(l)
	}
	switch o.phase {
	case idle:
		return m.carry(l)
	case absent: // a station's ACK does not wait for a callee who has to be called first
		if s.phase == incoming {
			return m.carry(l)
		}
		return m.alone(l)
	case incoming:
		switch {
		case o.owed == nil:
			return m.carry(l)
		case s.phase == incoming:
			return m.pair(l)
		default:
			return m.alone(l)
		}
	case calling, inviting, gone:
		return m.alone(l)
	case owing:
		return m.meet(l)
	default: // its own exchange, or its back-off, ends soon; or our patience does
		return false
	}
}

// refreshed reports that an offer says nothing new: a session refresh
// (https://www.rfc-editor.org/rfc/rfc4028#section-7.4). A phone that we hold may say that it would talk.
func (s *side) refreshed() bool {
	return s.given != nil && s.owed != nil &&
		(s.owed.Same(s.theirs) || s.owed.Same(s.theirs.WithDirections(s.wants)))
}

// vain reports that what a leg says, asked for more, is of no use to the other one: nobody can talk with it, or that one has
// refused it already.
func (m *Machine) vain(l Leg) bool {
	s, o := &m.legs[l], &m.legs[l.Other()]
	return !m.saidJoined && !s.owed.HasAudio() || o.stuck && incompatible(o.status) && !o.tempted(s.owed, s.theirs)
}

// alone answers without the other side; a caller's first INVITE waits.
func (m *Machine) alone(l Leg) bool {
	if m.legs[l].phase == incoming {
		return false
	}
	m.settle(l)
	return true
}

// carry offers the other leg what this one offers.
func (m *Machine) carry(l Leg) bool {
	s := &m.legs[l]
	s.carried = true
	m.offer(l.Other(), m.view(l.Other(), s.owed, s.owed.Directions()))
	return true
}

// pair answers two callers with each other's offers: what both have said is all that there is.
func (m *Machine) pair(l Leg) bool {
	other := l.Other()
	s, o := &m.legs[l], &m.legs[other]
	mine := fitted(m.view(l, o.owed, o.owed.Directions()), s.owed)
	theirs := fitted(m.view(other, s.owed, s.owed.Directions()), o.owed)
	if mine == nil || theirs == nil {
		m.fail(l, RefusedByLeg, 488)
		return true
	}
	m.answer(l, mine)
	m.answer(other, theirs)
	return true
}

// meet lets one of two offers go on that wait for each other, which only happens where both legs waited out a glare. What
// is in a 2xx cannot be refused.
func (m *Machine) meet(l Leg) bool {
	other := l.Other()
	if m.legs[other].owed == nil || m.legs[l].phase == incoming {
		m.settle(other)
	} else {
		m.reject(other, 491)
	}
	return true
}

// counter makes the offer that an INVITE without a body asks for: what the other side has said last. To ask that side
// as well would be a delayed offer more, which phones dislike; it is asked only where nothing is known of it.
func (m *Machine) counter(l Leg) bool {
	s, o := &m.legs[l], &m.legs[l.Other()]
	switch {
	case o.phase == owingACK && s.phase == incoming:
		o.carried = true
		m.offer(l, m.view(l, o.owed, o.owed.Directions()))
	case o.theirs != nil && o.phase.up():
		m.offer(l, m.view(l, o.theirs, o.wants))
	case s.phase == owing:
		m.settle(l)
	case o.phase == absent && !o.asked:
		o.asked = true
		if m.spend(l.Other()) {
			m.askForOffer(l.Other())
		}
	default:
		return false
	}
	return true
}

// settle answers an offer from what is known: in a refresh as before, else with what the leg has already, as far as it
// fits, else with silence. A re-INVITE may be refused, a 2xx can only have its streams refused.
func (m *Machine) settle(l Leg) {
	s := &m.legs[l]
	switch d := m.known(l); {
	case s.owed == nil:
		m.offer(l, s.given)
	case d != nil:
		m.answer(l, d)
	case s.phase == owingACK:
		m.answer(l, s.owed.Refusal())
	default:
		m.reject(l, 488)
	}
}

// known is an answer to the leg's offer without the other side; nil: there is none.
func (m *Machine) known(l Leg) *offer.Description {
	s := &m.legs[l]
	if s.owed == nil {
		return nil
	}
	if !m.fresh(l) {
		if d := fitted(m.target(l), s.owed); d != nil {
			return d // what it was to be offered next
		}
	}
	if s.refreshed() {
		return s.given.AsAnswer(s.owed)
	}
	if d := fitted(s.given, s.owed); d != nil {
		return d
	}
	if d, err := s.owed.Silence(); err == nil {
		return d
	}
	return nil
}

// fitted is a description as an answer; nil: it does not fit the offer.
func fitted(d, offered *offer.Description) *offer.Description {
	if d == nil {
		return nil
	}
	n, err := d.AsAnswer(offered).Narrow(offered)
	if err != nil || !n.HasAudio() {
		return nil
	}
	return n
}
