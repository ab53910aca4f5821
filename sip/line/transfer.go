package line

import "slices"

// A call that leaves the agent: with another one of the agent's (Connect), or to somebody who is called (Transfer). A
// conference comes about in the same way, see conference.go.
//
//	under way  | input                     | effects                                              | next
//	nothing    | Connect, Transfer; Refer  | ReferTo, Refer                                       | referring
//	nothing    | Connect, Transfer         | the two legs are joined; who is called hears the offer | bringing
//	nothing    | the same, what does not fit | MoveFailed (State)                                 | nothing
//	referring  | Referred                  | HangUp both, Moved                                   | nothing
//	referring  | not Referred, To was not called, or Connect | as without Refer                   | bringing
//	referring  | not Referred, To was called | MoveFailed (Target)                                | nothing
//	bringing   | all are joined            | Moved; HangUp the station, unless it is needed       | nothing
//	bringing   | not joined, or not reached | HangUp who was called; the station is connected as before | returning
//	returning  | it is, or cannot be       | MoveFailed (Target, Media)                           | nothing
//	nothing    | the same, an earlier REFER has no outcome | MoveFailed (State)                   | nothing
//	referring, bringing | the other call is over | Ended; as where it is not joined               | returning
//	any        | the call is over          | Ended; HangUp who was called; the agent has the other one | nothing
//
// The agent may hang up the station meanwhile. Whom nothing comes of is connected as before: the station is called again.

// move is what is under way.
type move struct {
	call   *call
	with   *call // perhaps
	to     *leg  // who is called for it, perhaps
	back   *call // who was connected with the station, and not held
	stage  stage
	wishes []wish // who is to be connected with whom
	meets  bool   // they are ways into a conference
	why    Blame  // returning: whose fault it was
}

type stage uint8

const (
	referring stage = iota // the peer is asked to do it
	summoning              // who is called for a conference is to come first
	bringing               // the wishes are to come true
	returning              // they have not
)

// wish is two legs that are to be connected.
type wish [2]*leg

// broken reports that nothing comes of it any more, open that nothing has come of it yet.
func (w wish) broken() bool { return w[0].want != w[1] }
func (w wish) open() bool   { return !joined(w[0], w[1]) }

func (m *Machine) connectCalls(in Connect) {
	c, w := m.call(in.Call), m.call(in.With)
	switch {
	case c == nil:
	case w == nil || w == c || !m.mayMove(c) || !m.mayMove(w):
		m.emit(MoveFailed{in.Call, State})
	default:
		m.begin(&move{call: c, with: w, wishes: []wish{{c.leg, w.leg}}})
		if c.refers = in.Refer; c.refers {
			m.emit(ReferTo{in.Call, in.With})
		} else {
			m.bring()
		}
	}
}

func (m *Machine) transfer(in Transfer) {
	c := m.call(in.Call)
	switch {
	case c == nil:
	case !m.mayMove(c) || m.leg(in.To) != nil:
		m.emit(MoveFailed{in.Call, State})
	default:
		to := &leg{id: in.To}
		m.begin(&move{call: c, to: to, wishes: []wish{{c.leg, to}}})
		if c.refers = in.Refer; c.refers {
			m.emit(Refer{in.Call, in.To})
		} else {
			m.bring()
		}
	}
}

// mayMove reports that a call may leave the agent. What a PBX was asked for and nobody waits for any more, it may still do.
func (m *Machine) mayMove(c *call) bool {
	return c.state == answered && c.doing == nothing && !c.refers && m.move == nil && m.meeting == nil
}

func (m *Machine) begin(o *move) {
	for _, c := range o.calls() {
		c.doing = moving
		if c.leg.want == m.station && !c.held[Agent] {
			o.back = c
		}
	}
	m.move = o
}

// calls are the agent's calls that have to do with it.
func (o *move) calls() []*call {
	if o.with == nil {
		return []*call{o.call}
	}
	return []*call{o.call, o.with}
}

// bring has everybody connected with whom they are to talk with.
func (m *Machine) bring() {
	m.move.stage = bringing
	for _, w := range m.move.wishes {
		want(w[0], w[1])
	}
}

func (m *Machine) referred(in Referred) {
	o, c := m.move, m.call(in.Leg)
	if c == nil || !c.refers {
		return
	}
	c.refers = false
	switch {
	case o == nil || o.stage != referring || o.call != c:
	case !in.OK && in.Called && o.to != nil: // who has refused is not called again
		m.stay()
	case !in.OK:
		m.bring()
	default:
		m.move = nil
		for _, c := range o.calls() {
			m.hangUpCall(c)
		}
		m.emit(Moved{in.Leg})
	}
}

// moves takes what has become of what is under way. false: nothing yet.
func (m *Machine) moves() bool {
	o := m.move
	switch {
	case !slices.Contains(m.calls, o.call):
		m.abort()
	case o.stage == returning:
		if b := o.back; b != nil && b.leg.want == m.station && !joined(b.leg, m.station) {
			return false
		}
		m.stayed()
	case o.with != nil && !slices.Contains(m.calls, o.with):
		m.stay()
	case o.stage == summoning && o.to.phase == up:
		m.bring()
	case o.stage == summoning && o.to.want == nil, o.stage == bringing && slices.ContainsFunc(o.wishes, wish.broken):
		m.stay()
	case o.stage == bringing && !slices.ContainsFunc(o.wishes, wish.open):
		m.moved()
	default:
		return false
	}
	return true
}

// moved takes that all of them hear each other. The calls are not the agent's any more, but for a conference's.
func (m *Machine) moved() {
	o := m.move
	m.move = nil
	for _, c := range o.calls() {
		c.doing = nothing
		if !o.meets || c == o.with {
			m.release(c)
		}
	}
	if o.meets {
		m.meeting = &meeting{call: o.call, ways: o.wishes}
	}
	m.emit(Moved{o.call.leg.id})
}

// undo lets go who was called, and has the agent connected as before.
func (m *Machine) undo() {
	o := m.move
	for _, w := range o.wishes {
		for _, l := range w {
			if l != m.station && m.callOf(l) == nil {
				m.hangUp(l)
			}
		}
	}
	if o.back != nil && slices.Contains(m.calls, o.back) && o.back.leg.want != m.station && !(o.meets && m.station.phase == absent) {
		want(m.station, o.back.leg)
	}
}

// stay takes that nothing has come of it.
func (m *Machine) stay() {
	o := m.move
	o.why = Target
	if slices.ContainsFunc(o.wishes, func(w wish) bool { return w.broken() && w[0].why == Media }) {
		o.why = Media
	}
	m.undo()
	o.stage = returning
}

// stayed tells so.
func (m *Machine) stayed() {
	o := m.move
	m.move = nil
	for _, c := range o.calls() {
		c.doing = nothing
	}
	m.emit(MoveFailed{o.call.leg.id, o.why})
}

// abort ends it because the call is over.
func (m *Machine) abort() {
	if m.station.phase == absent {
		m.move.back = nil // nobody is left to talk about
	}
	m.undo()
	if w := m.move.with; w != nil {
		w.doing = nothing
	}
	m.move = nil
}
