package join

import "tieline/sip/offer"

// legUp takes a leg with a session.
func (m *Machine) legUp(in LegUp) {
	s := &m.legs[in.Leg]
	if s.phase != absent {
		return
	}
	theirs, err := offer.Parse(in.Theirs)
	given, err2 := offer.Parse(in.Given)
	if err != nil || err2 != nil || theirs.Streams() != given.Streams() {
		m.lost(in.Leg, Unreadable)
		return
	}
	m.outside()
	s.settleTo(idle)
	s.free()
	s.given = given
	s.before = given
	s.take(theirs, given)
	if in.Wants != nil {
		s.wants = in.Wants
	}
}

// offered takes a peer's offer, or its wish for ours.
func (m *Machine) offered(in Offered) {
	s := &m.legs[in.Leg]
	owed, ok := s.read(in.SDP)
	switch s.phase {
	case gone:
		m.emit(Reject{Leg: in.Leg, Status: 481})
	case calling, inviting, offering, asking, countering: // https://www.rfc-editor.org/rfc/rfc3261#section-14.2
		m.emit(Reject{Leg: in.Leg, Status: 491})
	case incoming, owing, owingACK: // the first is not answered yet: the same paragraph
		m.emit(Reject{Leg: in.Leg, Status: 500})
	case absent, idle, backing: // where two offers have met, the other's was faster
		if !ok {
			m.emit(Reject{Leg: in.Leg, Status: 488})
			return
		}
		m.outside()
		if s.phase == absent {
			s.settleTo(incoming)
		} else {
			s.settleTo(owing)
			s.until = m.now.Add(patience)
		}
		s.owed = owed
	}
}

// read parses an offer. It must not have fewer streams than the session
// (https://www.rfc-editor.org/rfc/rfc3264#section-8).
func (s *side) read(sdp []byte) (d *offer.Description, ok bool) {
	if len(sdp) == 0 {
		return nil, true
	}
	d, err := offer.Parse(sdp)
	if err != nil || s.theirs != nil && s.phase.up() && d.Streams() < s.theirs.Streams() {
		return nil, false
	}
	return d, true
}

// supplied takes the 2xx to our INVITE without a body. Without an offer it is as good as a refusal where a session goes
// on, and of no use where there is none yet. What cannot be read cannot be answered either.
func (m *Machine) supplied(in Supplied) {
	s := &m.legs[in.Leg]
	if s.phase != asking && s.phase != inviting {
		return
	}
	owed, ok := s.read(in.SDP)
	switch {
	case ok && owed != nil:
		s.tries = 0
		s.settleTo(owingACK)
		s.owed, s.until = owed, m.now.Add(patience)
	case ok && s.phase == asking:
		m.refused(Refused{Leg: in.Leg, Status: 488})
	default:
		m.lost(in.Leg, Unreadable)
	}
}

// earlyAnswer takes what a callee sends before it answers, for the other side to hear. The last one counts: the forks of
// an INVITE each have theirs.
func (m *Machine) earlyAnswer(in EarlyAnswer) {
	s := &m.legs[in.Leg]
	d, err := offer.Parse(in.SDP)
	if s.phase != calling || err != nil || d.Streams() != s.sent.Streams() {
		return
	}
	if !s.early || !d.Same(s.theirs) {
		m.outside()
		m.saidEarly = false
	}
	s.early = true
	s.wants = nil
	s.take(d, s.sent)
	m.legs[in.Leg.Other()].free()
}

// answered takes the answer to our offer.
func (m *Machine) answered(in Answered) {
	s := &m.legs[in.Leg]
	first := s.phase == calling
	if !first && s.phase != offering && s.phase != countering {
		return
	}
	d, err := offer.Parse(in.SDP)
	if first && len(in.SDP) == 0 && s.early {
		d, err = s.theirs, nil
	}
	if err != nil || d.Streams() != s.sent.Streams() {
		m.badAnswer(in.Leg)
		return
	}
	if first {
		m.outside()
	}
	m.agree(in.Leg, d)
}

// badAnswer takes an answer that is none. The session of a leg that was up may stand.
func (m *Machine) badAnswer(l Leg) {
	if m.legs[l].phase == offering {
		m.refused(Refused{Leg: l, Status: 488})
		return
	}
	m.lost(l, Unreadable)
}

// agree ends an exchange in which we offered.
func (m *Machine) agree(l Leg, answer *offer.Description) {
	s, o := &m.legs[l], &m.legs[l.Other()]
	if s.phase == offering && m.goal == joined && !m.saidJoined && !answer.HasAudio() && s.theirs.HasAudio() && o.phase != owing {
		s.given, s.spoilt = s.sent, true // what it can do is what it has said before
		s.settleTo(idle)
		m.mute(l)
		return
	}
	if m.goal == joined && (s.phase == calling || o.tempted(answer, s.theirs)) {
		o.free() // there is something new to offer it
	}
	s.given, s.spoilt = s.sent, false
	s.take(answer, s.sent)
	s.tries = 0
	s.settleTo(idle)
	switch {
	case m.goal == joined && !m.speaks(l) && o.phase != owing:
		m.mute(l)
	case o.carried && m.goal == joined:
		m.answer(l.Other(), m.view(l.Other(), s.theirs, s.wants))
	case o.carried: // a hold went with the conversation, and must not come to an end with it
		m.settle(l.Other())
	}
}

// speaks reports that a leg has audio. Who is joined already may do without: a fax has none.
func (m *Machine) speaks(l Leg) bool {
	s := &m.legs[l]
	return m.saidJoined || s.theirs != nil && s.theirs.HasAudio()
}

// mute takes an answer in which a leg has refused all audio that it was offered: a refusal in other words.
func (m *Machine) mute(l Leg) {
	o := &m.legs[l.Other()]
	o.carried = false
	if o.phase == incoming {
		m.fail(l, RefusedByLeg, 488)
		return
	}
	if o.phase == owingACK {
		m.settle(l.Other())
	}
	m.otherWay(l, 488)
}

// take notes a leg's answer to what it was offered, and what that says of its wishes.
func (s *side) take(answer, offered *offer.Description) {
	dirs, had := answer.Directions(), offered.Directions()
	refused := answer.Refused()
	for i := range dirs {
		before := offer.Both
		if i < len(s.wants) {
			before = s.wants[i]
		}
		switch {
		case refused[i] || i >= len(had):
			dirs[i] = before
		default:
			dirs[i] = dirs[i].Wanted(had[i], before)
		}
	}
	s.theirs, s.wants = answer, dirs
}

// answer answers a leg's pending offer with this description of the other side.
func (m *Machine) answer(l Leg, d *offer.Description) {
	s := &m.legs[l]
	d = d.AsAnswer(s.owed)
	dirs := d.Directions()
	for i, theirs := range s.owed.Directions() {
		dirs[i] &= theirs.Mirror() // https://www.rfc-editor.org/rfc/rfc3264#section-6.1
	}
	if o := &m.legs[l.Other()]; m.goal == joined && o.tempted(s.owed, s.theirs) {
		o.free()
	}
	s.given, s.spoilt = d.WithDirections(dirs), false
	s.theirs, s.wants = s.owed, s.owed.Directions()
	m.emit(Answer{Leg: l, SDP: s.given.Bytes()})
	s.settleTo(idle)
}

// reject refuses a leg's pending offer.
func (m *Machine) reject(l Leg, status int) {
	m.emit(Reject{Leg: l, Status: status})
	m.legs[l].settleTo(idle)
}

// withdrawn takes the end of an offer that its peer has cancelled. Where the other side has it already, that one comes
// to have what it had by a round of its own. Where the peer wanted our offer, its session stays as well.
func (m *Machine) withdrawn(l Leg) {
	if s := &m.legs[l]; s.phase == owing || s.phase == countering && s.given != nil {
		m.outside()
		m.legs[l].settleTo(idle)
	}
}
