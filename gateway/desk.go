package gateway

import (
	"sync"
	"time"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/line"
)

// desk is an agent's line: it has a [line.Machine] decide, and does what it says with the user agent's legs.
//
// Concurrency: safe for use from anywhere. News of legs and commands of the core are taken one at a time, under the lock,
// which is held while legs are told what to do: their methods return at once. The lock of calls may be taken under it, never
// the other way round.
type desk struct {
	// settings
	calls *calls
	line  interaction.Line
	group config.ChannelGroup

	// state
	mu      sync.Mutex
	machine *line.Machine
	legs    map[string]*deskLeg
	known   map[string]*deskCall // the agent's calls
	lost    sip.Outcome          // how the station, or who was to be brought in, has failed us last
	timer   *time.Timer
	closed  bool // it is idle, and was forgotten

	// The end of a leg, while what comes of it is carried out.
	because string // its reason, which the others are hung up with
	cut     bool   // nobody has hung it up: its session has expired, or its peer does not know it any more
}

// deskCall is a call of the agent's.
type deskCall struct {
	interaction.Call
	news     func(interaction.Input)
	inbound  *offered // nil: it is a dial
	told     bool     // a callee is being reached
	answered bool
	outcome  sip.Outcome  // how its leg has failed us last
	headers  []sip.Header // what a callee has said with its answer

	errand *errand // what is being done with it; nil: nothing
}

// errand is what a transfer or conference is about.
type errand struct {
	with string            // the other call of the agent's; empty: none
	to   *interaction.Call // who is called for it; nil: nobody
	room string            // of the conference; empty: it is none
}

func newDesk(c *calls, l interaction.Line) *desk {
	g := c.groups[l.Group]
	d := &desk{calls: c, line: l, group: g, legs: map[string]*deskLeg{}, known: map[string]*deskCall{}}
	d.machine = line.New(line.Config{
		Waiting: c.tones.waiting(g), Ringback: c.tones.ringback(g),
		RingAtOnce: g.Station.Alert == config.AlertAtOnce, Keep: g.Station.Keep, Music: true,
	})
	d.timer = time.AfterFunc(time.Hour, func() { d.input(line.Tick{}) })
	d.timer.Stop()
	return d
}

// input tells the machine. false: the desk was forgotten, and somebody else has to be told.
func (d *desk) input(in line.Input) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.step(in)
}

// begin takes a new call, and tells the machine of it. l is its leg, if it has one already. false: as of input.
func (d *desk) begin(c *deskCall, l *deskLeg, in line.Input) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.known[c.ID] = c
	if l != nil {
		d.legs[l.id] = l
	}
	d.calls.seat(c.ID, d)
	return d.step(in)
}

func (d *desk) step(in line.Input) bool {
	if d.closed {
		return false
	}
	for _, e := range d.machine.Step(time.Now(), in) {
		d.do(e)
	}
	d.timer.Stop()
	switch due := d.machine.Deadline(); {
	case d.machine.Idle():
		d.closed = true
		d.calls.leaveDesk(d)
	case !due.IsZero():
		d.timer.Reset(time.Until(due))
	}
	return true
}

// do carries out an effect: to a leg, or as news to the core.
func (d *desk) do(e line.Effect) {
	switch e := e.(type) {
	case line.Invite:
		d.invite(e)
	case line.Offer:
		d.offer(e)
	case line.Answer:
		d.answer(e)
	case line.Reject:
		d.reject(e)
	case line.HangUp:
		d.hangUp(e.Leg)
	case line.ReferTo:
		if l, o := d.legs[e.Leg], d.legs[e.Other]; l != nil && o != nil {
			l.leg.ReferTo(o.leg)
		}
	case line.Refer:
		if l, c := d.legs[e.Leg], d.known[e.Leg]; l != nil && c != nil && c.errand != nil && c.errand.to != nil {
			l.leg.Refer(referee(*c.errand.to))
		}
	case line.Play:
		d.play(e.Leg)
	case line.Stop:
		if l := d.legs[e.Leg]; l != nil {
			l.quiet()
		}
	default:
		d.tell(e)
	}
}

// tell is how the core hears of it.
func (d *desk) tell(e line.Effect) {
	switch e := e.(type) {
	case line.Reached:
		if c := d.known[e.Call]; c != nil {
			c.told = true
			c.news(interaction.CallProgress{Call: e.Call, Alerted: e.Alerted})
		}
	case line.Answered:
		if c := d.known[e.Call]; c != nil {
			c.answered = true
			c.news(interaction.CallAnswered{Call: e.Call, Data: answerData(c.headers)})
		}
	case line.Failed:
		d.ended(e.Call, interaction.CallFailed{Call: e.Call, Error: d.whyNot(e.Call, e.Blame)})
	case line.Ended:
		d.ended(e.Call, d.end(e))
	case line.Held:
		d.news(e.Call, interaction.CallHeld{Call: e.Call, By: sideOf(e.By)})
	case line.Retrieved:
		d.news(e.Call, interaction.CallRetrieved{Call: e.Call, By: sideOf(e.By)})
	case line.HoldFailed:
		d.news(e.Call, interaction.HoldFailed{Call: e.Call, Error: d.whyHeld(e.Call, e.Blame)})
	case line.AnswerFailed:
		d.notTaken(e)
	case line.Moved:
		d.moved(e.Call)
	case line.MoveFailed:
		d.news(e.Call, interaction.CallMoved{Call: e.Call, Error: d.why(e.Call, e.Blame)})
		d.took(e.Call)
	case line.MemberLeft:
		d.news(e.Call, interaction.MemberLeft{Call: e.Call, Member: e.Member})
	default: // was done to a leg
	}
}

func (d *desk) news(call string, in interaction.Input) {
	if c := d.known[call]; c != nil {
		c.news(in)
	}
}

// ended is the last of a call's news.
func (d *desk) ended(call string, in interaction.Input) {
	d.news(call, in)
	d.forget(call)
}

// forget lets a call go, and its place under the group's limit; where its leg goes on without the agent, with that.
func (d *desk) forget(call string) {
	c := d.known[call]
	if c == nil {
		return
	}
	delete(d.known, call)
	d.calls.unseat(call)
	switch l := d.legs[call]; {
	case c.inbound != nil:
	case l != nil:
		l.limit = d.calls.limits[d.line.Group]
	default:
		d.calls.limits[d.line.Group].give()
	}
}

// end tells who hung up. An agent who does so before the dial has an outcome has cancelled it.
func (d *desk) end(e line.Ended) interaction.Input {
	c := d.known[e.Call]
	if c != nil && !c.answered && c.inbound == nil && (!c.told || d.group.Dial.SuccessOn == config.OnAnswer) {
		if d.cut {
			return interaction.CallFailed{Call: e.Call, Error: stationFailure(sip.Outcome{Cause: sip.Network})}
		}
		return interaction.CallFailed{Call: e.Call, Error: d.why(e.Call, line.HungUp)}
	}
	by := bridge.ByRemote
	switch {
	case d.cut:
		by = bridge.BySystem
	case e.By == line.Agent:
		by = bridge.ByAgent
	}
	return interaction.CallEnded{Call: e.Call, By: by}
}

// moved: the calls of a transfer are not the agent's any more, those of a conference are one.
func (d *desk) moved(call string) {
	d.news(call, interaction.CallMoved{Call: call})
	done := d.took(call)
	if done.with != "" { // a core that has let go of the call meanwhile has to hear of the other one
		d.ended(done.with, interaction.CallEnded{Call: done.with, By: bridge.ByAgent})
	}
	if done.room == "" {
		d.forget(call)
	}
}

// took ends a call's errand and returns it.
func (d *desk) took(call string) errand {
	c := d.known[call]
	if c == nil || c.errand == nil {
		return errand{}
	}
	done := *c.errand
	c.errand = nil
	return done
}

// notTaken is what the group wants for a caller whose call the station has not taken.
func (d *desk) notTaken(e line.AnswerFailed) {
	c := d.known[e.Call]
	if c == nil {
		return
	}
	why := d.whyNot(e.Call, e.Blame)
	var refusal sip.Refusal
	switch {
	case e.Blame == line.State || d.group.Station.NoAnswer == config.NoAnswerAlert:
		c.news(interaction.AnswerFailed{Call: e.Call, Error: why})
		return
	case d.group.Station.NoAnswer == config.NoAnswerRedirect:
		refusal = sip.Refusal{Status: 302, Contact: d.group.Station.Redirect}
	default:
		refusal = sip.Refusal{Status: 480}
	}
	c.inbound.Refuse(refusal)
	d.ended(e.Call, interaction.CallFailed{Call: e.Call, Error: why})
	d.step(line.Drop{Call: e.Call})
}

func sideOf(p line.Party) bridge.Side {
	if p == line.Agent {
		return bridge.AgentSide
	}
	return bridge.RemoteSide
}
