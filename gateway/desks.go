package gateway

import (
	"cmp"
	"time"

	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/line"
)

// Calls of agents with a station. Each channel with one has a desk for as long as there is a leg.

// atDesk runs f with the desk of a line, made for it if need be, until f has found it open. false: the line has no station.
func (c *calls) atDesk(l interaction.Line, f func(*desk) bool) bool {
	if _, _, ok := c.groups[l.Group].Station.Of(l.EndPoint); !ok {
		return false
	}
	for {
		c.mu.Lock()
		d := c.desks[l.Channel]
		if d == nil {
			d = newDesk(c, l)
			c.desks[l.Channel] = d
		}
		c.mu.Unlock()
		if f(d) {
			return true
		}
	}
}

// leaveDesk forgets a desk that is idle.
func (c *calls) leaveDesk(d *desk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.desks[d.line.Channel] == d {
		delete(c.desks, d.line.Channel)
	}
}

// seat notes at which desk a call is.
func (c *calls) seat(call string, d *desk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seats[call] = d
}

func (c *calls) unseat(call string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.seats, call)
}

// deskOf is the desk of a call; nil: it is at none.
func (c *calls) deskOf(call string) *desk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seats[call]
}

// command tells the desk of a call what is wanted of it.
func (c *calls) command(call string, in line.Input) bool {
	d := c.deskOf(call)
	return d != nil && d.input(in)
}

// placeAtDesk places a call of an agent with a station.
func (c *calls) placeAtDesk(call interaction.Call, news func(interaction.Input)) bool {
	return c.atDesk(call.Line, func(d *desk) bool {
		return d.begin(&deskCall{Call: call, news: news}, nil, line.Place{Call: call.ID})
	})
}

// takeAtDesk takes a call that has come in for an agent with a station.
func (c *calls) takeAtDesk(o *offered, l interaction.Line, news func(interaction.Input)) bool {
	return c.atDesk(l, func(d *desk) bool {
		return d.seated(o, interaction.Call{ID: o.ID(), Line: l}, news)
	})
}

// HoldCall implements tracker.Telephony.
func (c *calls) HoldCall(call string) { c.command(call, line.Hold{Call: call}) }

// RetrieveCall implements tracker.Telephony.
func (c *calls) RetrieveCall(call string) { c.command(call, line.Retrieve{Call: call}) }

// ConnectCalls implements tracker.Telephony.
func (c *calls) ConnectCalls(call, with string) {
	if d := c.deskOf(call); d != nil {
		d.connect(call, with)
	}
}

// TransferCall implements tracker.Telephony. A call without a station is passed on by its peer, or not at all.
func (c *calls) TransferCall(call string, to interaction.Call) {
	if d := c.deskOf(call); d != nil {
		d.transfer(call, to)
	} else if leg := c.legOf(call); leg != nil {
		leg.Refer(referee(to))
	}
}

// referee is whom a peer is told to call.
func referee(to interaction.Call) string { return cmp.Or(to.Destination.URI, to.Destination.User) }

// referred tells what came of that. Whoever was passed on needs us no longer.
func (c *calls) referred(call string, e sip.Referred) interaction.Input {
	if e.Cause != 0 {
		return interaction.CallMoved{Call: call, Error: failure(e.Outcome)}
	}
	c.HangUp(call)
	return interaction.CallMoved{Call: call}
}

// ConferenceCall implements tracker.Telephony.
func (c *calls) ConferenceCall(call, with string, to *interaction.Call) {
	if d := c.deskOf(call); d != nil {
		d.confer(call, with, to)
	}
}

// LeaveLine implements tracker.Telephony.
func (c *calls) LeaveLine(l interaction.Line) {
	c.mu.Lock()
	d := c.desks[l.Channel]
	c.mu.Unlock()
	if d != nil {
		d.input(line.Leave{})
	}
}

// connect joins two calls with each other.
func (d *desk) connect(call, with string) {
	refer := func() bool { return d.refers(call) && d.refers(with) }
	d.run(call, errand{with: with}, func() line.Input { return line.Connect{Call: call, With: with, Refer: refer()} })
}

// transfer passes a call on to somebody else, who takes the agent's place under the group's limit.
func (d *desk) transfer(call string, to interaction.Call) {
	limit := d.calls.limits[d.line.Group]
	if e := limit.take(time.Now(), to.Destination.Urgent); e != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.news(call, interaction.CallMoved{Call: call, Error: e})
		return
	}
	limit.give()
	d.run(call, errand{to: &to}, func() line.Input { return line.Transfer{Call: call, To: to.ID, Refer: d.refers(call)} })
}

// confer has everybody meet.
func (d *desk) confer(call, with string, to *interaction.Call) {
	in := line.Confer{Call: call, With: with}
	if to != nil {
		in.To = to.ID
	}
	d.run(call, errand{with: with, to: to, room: newRoom()}, func() line.Input { return in })
}

// run begins an errand with a call.
func (d *desk) run(call string, e errand, in func() line.Input) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.known[call]; c != nil && c.errand == nil {
		c.errand = &e
	}
	d.step(in())
}

// refers reports that the peer of a call is to be asked to pass it on.
func (d *desk) refers(call string) bool {
	l := d.legs[call]
	return l != nil && d.calls.trunks[l.trunk].Transfer == config.TransferRefer
}

// dropAtDesk hangs a call up. false: it is at no desk.
func (c *calls) dropAtDesk(call string) bool {
	d := c.deskOf(call)
	if d == nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step(line.Drop{Call: call})
	d.forget(call)
	return true
}

// legOf is the leg of a call that is answered, or nil.
func (c *calls) legOf(call string) sip.Leg {
	if d := c.deskOf(call); d != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		if l := d.legs[call]; l != nil {
			return l.leg
		}
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	leg, _ := c.live[call].(sip.Leg)
	return leg
}
