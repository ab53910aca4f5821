package line

// A call that leaves the agent: with another one of the agent's (Connect), or to somebody who is called (Transfer).
//
//	under way  | input                     | effects                                              | next
//	nothing    | Connect, Transfer; Refer  | ReferTo, Refer                                       | referring
//	nothing    | Connect, Transfer         | the two legs are joined; who is called hears the offer | bringing
//	referring  | Referred                  | Moved; HangUp what is left                           | –
//	referring  | not Referred              | as without Refer                                     | bringing
//	bringing   | joined                    | Moved; HangUp the station                            | –
//	bringing   | not joined, or not reached | the agent is connected as before, MoveFailed        | –
//	any        | one of the two is over    | Ended; the agent is connected as before; MoveFailed for the other | –

// move is what is under way.
type move struct {
	call      *call
	with      *call // Connect
	to        *leg  // Transfer
	back      *call // whom the station was connected with
	referring bool
	blame     Blame // it has failed: the agent is being connected again
}

func (o *move) has(c *call) bool { return o.call == c || o.with == c }

func (m *Machine) connectCalls(in Connect) {
	c, w := m.call(in.Call), m.call(in.With)
	if c == nil {
		return
	}
	if w == nil || w == c || !m.mayMove(c) || !m.mayMove(w) {
		m.emit(MoveFailed{in.Call, State})
		return
	}
	m.begin(&move{call: c, with: w}, in.Refer)
	if in.Refer {
		m.emit(ReferTo{in.Call, in.With})
	}
}

func (m *Machine) transfer(in Transfer) {
	c := m.call(in.Call)
	if c == nil {
		return
	}
	if !m.mayMove(c) || m.leg(in.To) != nil {
		m.emit(MoveFailed{in.Call, State})
		return
	}
	m.begin(&move{call: c, to: &leg{id: in.To}}, in.Refer)
	if in.Refer {
		m.emit(Refer{in.Call, in.To})
	}
}

func (m *Machine) mayMove(c *call) bool {
	return c.state == answered && c.doing == nothing && m.move == nil && m.meeting == nil
}

func (m *Machine) begin(o *move, refer bool) {
	o.call.doing = moving
	if m.station.want != nil {
		o.back = m.callOf(m.station.want)
	}
	m.move = o
	if o.referring = refer; !refer {
		m.bring()
	}
}

// bring joins the two here.
func (m *Machine) bring() {
	o := m.move
	to := o.to
	if o.with != nil {
		to = o.with.leg
	}
	m.want(o.call.leg, to)
}

func (m *Machine) referred(in Referred) {
	o := m.move
	if o == nil || !o.referring || o.call.leg.id != in.Leg {
		return
	}
	o.referring = false
	if !in.OK {
		m.bring()
		return
	}
	m.move = nil
	for _, c := range []*call{o.call, o.with} {
		if c != nil {
			m.emit(HangUp{c.leg.id})
			m.remove(c)
		}
	}
	m.emit(Moved{in.Leg})
}

// moved takes that two legs hear each other of which none is the station: the calls are not the agent's any more.
func (m *Machine) moved(p *pair) {
	o := m.move
	if o == nil || o.call.leg.pair != p {
		return
	}
	m.move = nil
	m.release(o.call)
	if o.with != nil {
		m.release(o.with)
	}
	m.emit(Moved{o.call.leg.id})
}

// release lets a call go on without the agent.
func (m *Machine) release(c *call) {
	for i := range m.calls {
		if m.calls[i] == c {
			m.calls = append(m.calls[:i:i], m.calls[i+1:]...)
			return
		}
	}
}

// stay has the agent connected as before: nothing has come of it.
func (m *Machine) stay(why Blame) {
	o := m.move
	if o == nil || o.blame != 0 {
		return
	}
	o.blame = why
	if o.to != nil {
		m.hangUp(o.to)
	}
	if o.back == nil || m.callOf(o.back.leg) == nil {
		m.stayed()
		return
	}
	m.want(m.station, o.back.leg)
}

// stayed tells so.
func (m *Machine) stayed() {
	o := m.move
	m.move = nil
	o.call.doing = nothing
	m.emit(MoveFailed{o.call.leg.id, o.blame})
}

// abort ends a move because a call of it is over.
func (m *Machine) abort(o *move, c *call) {
	if o.to != nil {
		m.hangUp(o.to)
	}
	if c != o.call {
		o.call.doing = nothing
		m.emit(MoveFailed{o.call.leg.id, Target})
	}
	if o.back != nil && o.back != c && m.callOf(o.back.leg) != nil {
		m.want(m.station, o.back.leg)
	}
}
