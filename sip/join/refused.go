package join

import "time"

// refused takes the refusal of our offer, or of our request for one.
func (m *Machine) refused(in Refused) {
	l, s := in.Leg, &m.legs[in.Leg]
	was := s.phase
	switch was {
	case offering, asking:
		s.settleTo(idle)
	case calling, inviting:
		m.forget(l)
	case countering: // https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4: a session without an answer is none
		m.lost(l, RefusedByLeg)
		return
	default:
		return
	}
	switch other := l.Other(); {
	case s.phase == idle && (in.Status == 408 || in.Status == 481):
		m.lost(l, Ended) // https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2
	case in.RetryAfter > 0 && s.phase == idle && m.again(l, was, in.RetryAfter):
	case m.legs[other].carried:
		m.carriedRefused(other, in)
	case m.legs[other].phase == calling && m.goal == joined:
		s.stuck, s.status = true, in.Status // early media are no reason to give up the call
	case m.goal == joined && (was == asking || incompatible(in.Status)): // who dislikes to be asked may say so anyhow
		m.otherWay(l, in.Status)
	default:
		m.fail(l, RefusedByLeg, in.Status)
	}
}

// incompatible reports a refusal of the description, not of the call.
func incompatible(status int) bool { return status == 415 || status == 488 || status == 606 }

// forget makes a leg absent again that has not come up.
func (m *Machine) forget(l Leg) {
	s := &m.legs[l]
	s.settleTo(absent)
	s.theirs, s.given, s.wants = nil, nil, nil
}

// again waits with an offer that has met another. What is offered after that is decided then. A peer's offer that is
// carried is not kept waiting: its sender is told 491 as well, and tries again itself.
func (m *Machine) again(l Leg, was phase, wait time.Duration) bool {
	s, o := &m.legs[l], &m.legs[l.Other()]
	if o.carried && o.phase == owing {
		m.reject(l.Other(), 491)
	} else if s.tries++; s.tries > maxGlares {
		return false
	}
	o.carried = false
	s.phase, s.until = backing, m.now.Add(wait)
	if was == asking && m.goal == joined {
		s.ask, s.asked = true, false
	}
	if o.phase == owingACK {
		m.settle(l.Other()) // its ACK does not wait for a back-off
	}
	return true
}

// carriedRefused takes the refusal of an offer that is not ours but the other leg's.
func (m *Machine) carriedRefused(owner Leg, in Refused) {
	o, s := &m.legs[owner], &m.legs[in.Leg]
	o.carried = false
	if incompatible(in.Status) && !o.narrowed && s.theirs != nil {
		view := m.view(in.Leg, o.owed, o.owed.Directions())
		if n, err := view.Narrow(s.theirs); err == nil && !n.Same(view) {
			o.carried, o.narrowed = true, true
			m.offer(in.Leg, n)
			return
		}
	}
	switch o.phase {
	case owing:
		m.reject(owner, 488) // https://www.rfc-editor.org/rfc/rfc3261#section-14.2
	case owingACK:
		if incompatible(in.Status) && m.goal == joined {
			m.settle(owner)
			m.otherWay(in.Leg, in.Status)
			return
		}
		m.fail(in.Leg, RefusedByLeg, in.Status)
		m.settle(owner) // with what holds now
	default:
		m.fail(in.Leg, RefusedByLeg, in.Status)
	}
}

// otherWay goes on where a leg does not take what the other has said: that one is asked for all that it can do, and
// then this one; what they say goes to the other leg. After that nothing is left to try.
func (m *Machine) otherWay(l Leg, status int) {
	s, o := &m.legs[l], &m.legs[l.Other()]
	s.stuck, s.status = true, status
	switch {
	case !o.asked && !o.ask && (o.phase.up() || o.phase == absent):
		o.ask = true
	case !s.asked && !s.ask && (s.phase.up() || s.phase == absent):
		s.ask = true
	default:
		m.fail(l, RefusedByLeg, status)
	}
}
