package join

// join starts anew what an earlier join may have given up.
func (m *Machine) join(in Join) {
	m.begin(joining)
	for _, l := range order {
		if m.legs[l].phase == gone {
			m.cmd = none
			m.emit(Failed{Leg: l, Why: Ended})
			return
		}
	}
	if m.goal == apart {
		m.goal = joined
		m.hold = in.Hold
		m.saidHeld = [2]bool{}
		for l := range m.legs {
			m.legs[l].before = m.legs[l].given
		}
	}
	m.keep = in.Keep
	m.saidJoined, m.saidEarly = false, false
}

// split parks. What the phones themselves hold is forgotten with the conversation.
func (m *Machine) split(in Split) {
	m.begin(parting)
	m.takeApart()
	for l, p := range in.Park {
		m.legs[l].park = p
	}
}

// setHold is both hold and retrieve.
func (m *Machine) setHold(c command, by Leg, on bool) {
	if m.goal != joined || !m.saidJoined {
		m.emit(Failed{Leg: by, Why: NotJoined})
		return
	}
	m.begin(c)
	m.by, m.was = by, m.hold[by]
	m.hold[by] = on
	m.saidHeld[by] = !on // it is told, whether or not it changes
}

// begin begins a command. One that is not over yet is never heard of again.
func (m *Machine) begin(c command) {
	m.cmd = c
	m.outside()
	for l := range m.legs {
		s := &m.legs[l]
		s.free()
		s.ask, s.asked, s.tries = false, false, 0
	}
}

// outside notes that something came from outside: the machine may answer with as many rounds again.
func (m *Machine) outside() { m.rounds = 0 }

// takeApart ends the conversation.
func (m *Machine) takeApart() {
	m.goal = apart
	m.saidJoined, m.saidEarly = false, false
	m.hold, m.saidHeld = [2]bool{}, [2]bool{}
	for l := range m.legs {
		s := &m.legs[l]
		s.ask = false
		if s.phase == incoming {
			s.carried, s.narrowed = false, false
		}
	}
}

// fail tells that what was asked for has not come about, because of this leg.
func (m *Machine) fail(l Leg, why Reason, status int) {
	m.legs[l].stuck, m.legs[l].failed = true, true
	cmd := m.cmd
	m.cmd = none
	if cmd != none || m.goal == joined {
		m.emit(Failed{Leg: l, Why: why, Status: status})
	}
	switch {
	case cmd == holding || cmd == retrieving:
		m.hold[m.by] = m.was
		m.saidHeld[m.by] = m.was || m.deaf(m.by)
		for i := range m.legs {
			m.legs[i].free() // what it has refused is not what it had before
		}
		m.outside()
	case m.goal == joined && !m.saidJoined:
		m.takeApart()
		for i := range m.legs {
			s := &m.legs[i]
			s.park = restored
			if !s.given.Same(s.before) {
				s.free() // what it has refused is not what it had before
			}
		}
		m.outside()
	}
}
