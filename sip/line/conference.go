package line

import "slices"

// A conference: everybody is connected with a leg of their own to the room, which is called for them.
//
//	under way | input                    | effects                                                | next
//	nothing   | Confer                   | Invite To, or the room for each                        | gathering
//	gathering | To is up                 | Invite the room for each                               | gathering
//	gathering | all are joined           | Moved                                                  | open
//	gathering | somebody is not          | HangUp the rooms; the agent is connected as before, MoveFailed | nothing
//	gathering | a call is over           | the same, and Ended                                    | nothing
//	open      | a member is over, or its room | MemberLeft                                        | open
//	open      | the last member is over  | HangUp the station, Ended (Remote)                     | nothing
//	open      | the station is over      | Ended (Agent); the others go on                        | nothing
//	open      | the station's room is over | HangUp the station, Ended (Remote)                   | nothing
//	open      | Drop                     | HangUp the station; the others go on                   | nothing

// meeting is the conference that the agent is in.
type meeting struct {
	call    *call
	parties []*leg // the station first
	rooms   []*leg // of each
	back    *call  // whom the station was connected with
	to      *leg
	met     int
	open    bool
}

// Room is the name of the leg that connects a leg with the conference.
func Room(leg string) string { return "room of " + leg }

func (m *Machine) confer(in Confer) {
	c, w := m.call(in.Call), m.call(in.With)
	if c == nil {
		return
	}
	if w == c || !m.mayMove(c) || in.With != "" && (w == nil || !m.mayMove(w)) || in.To != "" && m.leg(in.To) != nil {
		m.emit(MoveFailed{in.Call, State})
		return
	}
	g := &meeting{call: c, parties: []*leg{m.station, c.leg}}
	if m.station.want != nil {
		g.back = m.callOf(m.station.want)
	}
	if w != nil {
		g.parties = append(g.parties, w.leg)
	}
	if in.To != "" {
		g.to = &leg{id: in.To}
		g.parties = append(g.parties, g.to)
	}
	c.doing = moving
	m.meeting = g
	for _, l := range g.parties {
		g.rooms = append(g.rooms, &leg{id: Room(l.id)})
	}
	if g.to == nil {
		m.gather()
		return
	}
	m.want(g.to, g.rooms[len(g.rooms)-1])
}

// gather calls the room for everybody. Until somebody new has come, the others go on talking.
func (m *Machine) gather() {
	for i, l := range m.meeting.parties {
		m.want(l, m.meeting.rooms[i])
	}
}

// met takes that one more of them is in the room.
func (m *Machine) met() {
	g := m.meeting
	if g.met++; g.met < len(g.parties) {
		return
	}
	g.open = true
	g.call.doing = nothing
	for _, l := range g.parties[1:] {
		if c := m.callOf(l); c != nil && c != g.call {
			m.release(c)
		}
	}
	m.emit(Moved{g.call.leg.id})
}

// scatter undoes it.
func (m *Machine) scatter(why Blame) {
	g := m.meeting
	m.meeting = nil
	for _, room := range g.rooms {
		m.hangUp(room)
	}
	if g.to != nil {
		m.hangUp(g.to)
	}
	if g.back != nil && m.callOf(g.back.leg) != nil {
		m.want(m.station, g.back.leg)
	}
	if m.callOf(g.call.leg) != nil {
		g.call.doing = nothing
		m.emit(MoveFailed{g.call.leg.id, why})
	}
}

// leftMeeting takes the end of a leg that has to do with the conference. false: it has not.
func (m *Machine) leftMeeting(l *leg) bool {
	g := m.meeting
	if g == nil {
		return false
	}
	i := slices.IndexFunc(g.parties, func(o *leg) bool { return o == l || g.rooms[slices.Index(g.parties, o)] == l })
	switch {
	case i < 0:
		return false
	case !g.open:
		return m.spoilt(l)
	}
	party, room := g.parties[i], g.rooms[i]
	other := room
	if l == room {
		other = party
	}
	g.parties, g.rooms = slices.Delete(g.parties, i, i+1), slices.Delete(g.rooms, i, i+1)
	m.leave(l)
	m.hangUp(other)
	by := Remote
	if l == m.station {
		by = Agent
	}
	switch {
	case party == m.station:
		m.adjourn()
		m.emit(Ended{g.call.leg.id, by})
	case len(g.parties) == 1:
		m.adjourn()
		m.hangUp(m.station)
		m.emit(Ended{g.call.leg.id, Remote})
	default:
		m.emit(MemberLeft{g.call.leg.id, party.id})
	}
	return true
}

// spoilt takes that somebody is over before all were in the room. false: what else that means is for others to say.
func (m *Machine) spoilt(l *leg) bool {
	m.leave(l)
	m.scatter(Target)
	return l != m.station && m.callOf(l) == nil
}

// leaveMeeting has the agent leave a conference. false: the call is in none.
func (m *Machine) leaveMeeting(c *call) bool {
	g := m.meeting
	if g == nil || !g.open || g.call != c {
		return false
	}
	m.adjourn()
	m.hangUp(m.station)
	return true
}

// adjourn leaves the conference to the others.
func (m *Machine) adjourn() {
	m.release(m.meeting.call)
	m.meeting = nil
}
