package line

import "slices"

// A conference: everybody is connected with a leg of their own to the room, which is called for them.
//
//	under way | input                    | effects                                                | next
//	nothing   | Confer                   | Invite To, or the room for each                        | summoning, bringing
//	nothing   | Confer, the agent talks with somebody else | MoveFailed (State)                   | nothing
//	summoning | To is up                 | Invite the room for each                               | bringing
//	bringing  | all are joined           | Moved                                                  | open
//	summoning, bringing | somebody is not    | as in transfer.go                                      | returning
//	summoning, bringing | the station is over | the same; Ended (Agent) of whom the agent talked with | nothing
//	open      | a member is over, or its room | HangUp its room, or it; MemberLeft                | open
//	open      | the last member is over  | the same, and HangUp the station; Ended (Remote)       | nothing
//	open      | the station is over      | HangUp its room, Ended (Agent); the others go on       | nothing
//	open      | the station's room is over | HangUp the station, Ended (Remote); the others go on | nothing
//	open      | Drop                     | HangUp the station and its room; the others go on      | nothing

// meeting is a conference that the agent is in.
type meeting struct {
	call *call  // that it is to the agent
	ways []wish // of each party, and into the room; the station first
}

// Room is the name of the leg that connects a leg with the conference.
func Room(leg string) string { return "room of " + leg }

func (m *Machine) confer(in Confer) {
	c, w := m.call(in.Call), m.call(in.With)
	if c == nil {
		return
	}
	o := &move{call: c, with: w, meets: true}
	fits := w != c && m.mayMove(c) && (in.With == "" || w != nil && m.mayMove(w)) && (in.To == "" || m.leg(in.To) == nil)
	if !fits || !m.available() && !slices.ContainsFunc(o.calls(), func(c *call) bool { return c.leg.want == m.station }) {
		m.emit(MoveFailed{in.Call, State})
		return
	}
	parties := []*leg{m.station}
	for _, c := range o.calls() {
		parties = append(parties, c.leg)
	}
	if in.To != "" {
		o.to = &leg{id: in.To}
		parties = append(parties, o.to)
	}
	for _, l := range parties {
		o.wishes = append(o.wishes, wish{l, {id: Room(l.id)}})
	}
	m.begin(o)
	if o.to == nil {
		m.bring()
		return
	}
	o.stage = summoning // until somebody new has come, the others go on talking
	way := o.wishes[len(o.wishes)-1]
	want(way[0], way[1])
}

// meets reports that the call is a conference.
func (m *Machine) meets(c *call) bool { return m.meeting != nil && m.meeting.call == c }

// parts takes that somebody is not in the conference any more. false: all are.
func (m *Machine) parts() bool {
	g := m.meeting
	i := slices.IndexFunc(g.ways, wish.broken)
	if i < 0 {
		return false
	}
	party := g.ways[i][0]
	switch {
	case party != m.station && len(g.ways) > 2:
		g.ways = slices.Delete(g.ways, i, i+1)
		m.emit(MemberLeft{g.call.leg.id, party.id})
	case party == m.station && party.why == HungUp:
		m.adjourn()
		m.emit(Ended{g.call.leg.id, Agent})
	default:
		m.adjourn()
		m.emit(Ended{g.call.leg.id, Remote})
	}
	return true
}

// adjourn leaves the conference to the others.
func (m *Machine) adjourn() {
	g := m.meeting
	m.meeting = nil
	m.release(g.call)
	m.hangUp(g.ways[0][1])
}
