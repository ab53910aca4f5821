package join

// legEnded takes the end of a leg.
func (m *Machine) legEnded(l Leg) {
	if m.legs[l].phase != gone {
		m.end(l, Ended)
	}
}

// lost hangs up a leg of which nothing can become.
func (m *Machine) lost(l Leg, why Reason) {
	m.emit(HangUp{Leg: l})
	m.end(l, why)
}

// end forgets a leg. Who is talking with it is hung up, too, or parked where it is to be kept: nobody is left in a
// silent call.
func (m *Machine) end(l Leg, why Reason) {
	other := l.Other()
	s, o := &m.legs[l], &m.legs[other]
	s.settleTo(gone)
	s.ask = false
	o.carried, o.narrowed = false, false
	if m.cmd != none && m.cmd != parting {
		m.cmd = none
		m.emit(Failed{Leg: l, Why: why})
	}
	if m.goal == apart {
		return
	}
	m.takeApart()
	m.outside()
	if m.keep[other] {
		o.park = Silence
		o.free()
		m.cmd = parting
		return
	}
	m.dismiss(other)
}

// dismiss hangs up a leg, and leaves no offer of its peer's without an answer.
func (m *Machine) dismiss(l Leg) {
	s := &m.legs[l]
	switch s.phase {
	case absent, gone:
		return
	case owing:
		m.reject(l, 487)
	case owingACK:
		m.settle(l)
	}
	m.emit(HangUp{Leg: l})
	s.settleTo(gone)
}
