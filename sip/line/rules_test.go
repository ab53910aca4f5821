package line

import (
	"fmt"
	"time"

	"tieline/sip/offer"
)

// perform does to a phone what the machine wants, and looks whether it may. false: it is something to be told.
func (w *world) perform(e Effect) bool {
	w.t.Helper()
	switch e := e.(type) {
	case Invite:
		w.invited(e)
	case Offer:
		w.offered(e)
	case Answer:
		w.answered(e)
	case Reject:
		w.rejected(e)
	case HangUp:
		if p := w.there(e.Leg, e); p != nil {
			if p.stands == incoming && !p.answered && w.wish != (Drop{e.Leg}) {
				w.t.Errorf("%v waits to be answered, and is hung up", e.Leg)
			}
			w.forget(p)
		}
	case ReferTo:
		w.referred(e.Leg, e)
		w.there(e.Other, e)
	case Refer:
		w.referred(e.Leg, e)
	case Play:
		if p := w.there(e.Leg, e); p != nil {
			if p.hearsTone || p.stands != up {
				w.t.Errorf("%v hears a tone already, or cannot", e.Leg)
			}
			p.hearsTone = true
			w.seen["tone"]++
		}
	case Stop:
		if p := w.there(e.Leg, e); p != nil {
			if !p.hearsTone {
				w.t.Errorf("%v hears no tone that could stop", e.Leg)
			}
			p.hearsTone = false
		}
	default:
		return false
	}
	return true
}

// there is the phone at a leg that has to be there.
func (w *world) there(leg string, e Effect) *phone {
	w.t.Helper()
	p := w.phone(leg)
	if p == nil {
		w.t.Errorf("%v is not there: %v", leg, effectText(e))
	}
	return p
}

func (w *world) invited(e Invite) {
	w.t.Helper()
	if w.phone(e.Leg) != nil {
		w.t.Errorf("%v is called twice", e.Leg)
		return
	}
	if _, moves := w.wish.(Retrieve); e.Leg == Station && (moves || w.m.move != nil) {
		w.seen["station called again"]++
	}
	p := w.newPhone(e.Leg, byte(len(w.log)*37))
	p.stands, p.byHand = calling, e.Leg == Station && !e.Auto
	if e.SDP == nil {
		p.asked = true
		w.seen["asked for an offer"]++
		return
	}
	p.in = w.sound(p, e.SDP)
}

// offered: one offer at a time, in either direction.
func (w *world) offered(e Offer) {
	w.t.Helper()
	p := w.there(e.Leg, e)
	if p == nil {
		return
	}
	if p.in != nil || p.asked || p.out != nil || p.outEmpty || p.stands != up && !p.answered {
		w.t.Errorf("an offer too many for %v", e.Leg)
	}
	if e.SDP == nil {
		p.asked = true
		w.seen["asked for an offer"]++
		return
	}
	p.in = w.sound(p, e.SDP)
}

// sound is a description in which no place is missing.
func (w *world) sound(p *phone, sdp []byte) *offer.Description {
	w.t.Helper()
	d, err := offer.Parse(sdp)
	if err != nil {
		w.t.Fatalf("%v is told rubbish: %q", p.leg, sdp)
	}
	if p.remote != nil && d.Streams() < p.remote.Streams() {
		w.t.Errorf("%v is offered %d streams after %d", p.leg, d.Streams(), p.remote.Streams())
	}
	return d
}

// answered: exactly when somebody has asked, and with as many streams.
func (w *world) answered(e Answer) {
	w.t.Helper()
	p := w.there(e.Leg, e)
	if p == nil {
		return
	}
	if p.stands == incoming {
		if c := w.calls[e.Leg]; !c.wished {
			w.t.Errorf("%v is answered, and nobody has asked for it", e.Leg)
		}
		if p.answered {
			w.t.Errorf("%v is answered twice", e.Leg)
		}
		p.answered = true
	}
	switch {
	case p.outEmpty:
		p.outEmpty = false
		p.in, p.inACK = w.sound(p, e.SDP), true
	case p.out == nil:
		w.t.Errorf("%v has an answer and did not ask", e.Leg)
	default:
		d := w.sound(p, e.SDP)
		if d.Streams() != p.out.Streams() {
			w.t.Errorf("%v offered %d streams and is answered %d", e.Leg, p.out.Streams(), d.Streams())
		}
		p.local, p.remote, p.unsaid = p.out, d, p.unsaid && p.outIn2xx
		p.out, p.outIn2xx = nil, false
	}
}

func (w *world) rejected(e Reject) {
	w.t.Helper()
	w.seen[fmt.Sprint(e.Status)]++
	p := w.there(e.Leg, e)
	if p == nil {
		return
	}
	if p.out == nil && !p.outEmpty || p.outIn2xx || p.stands != up {
		w.t.Errorf("%v is refused and did not ask, or cannot be refused", e.Leg)
	}
	p.out, p.outEmpty, p.unsaid = nil, false, true
}

func (w *world) referred(leg string, e Effect) {
	w.t.Helper()
	if p := w.there(leg, e); p != nil {
		if p.refers || p.stands != up {
			w.t.Errorf("%v is asked twice, or does not talk", leg)
		}
		p.refers = true
	}
}

// patience is how long an offer may wait: that in a 2xx has its answer in the ACK.
const patience = 10 * time.Second

// always is true after each step.
func (w *world) always() {
	w.t.Helper()
	for _, pair := range w.pairs {
		if (w.phone(pair[0]) == nil) != (w.phone(pair[1]) == nil) {
			w.t.Errorf("of %v and %v one lives on", pair[0], pair[1])
		}
	}
	for _, p := range w.phones {
		if waits := p.stands == up && (p.out != nil || p.outEmpty); !waits {
			p.since = w.now
		} else if w.now.Sub(p.since) > patience {
			w.t.Errorf("%v has waited for an answer since %v", p.leg, p.since.Sub(epoch))
		}
	}
	s := w.phone(Station)
	confers := w.m.move != nil && w.m.move.meets || w.m.meeting != nil
	if w.phone(Room(Station)) != nil && !confers {
		w.t.Errorf("the agent is in a conference that is over")
	}
	if s != nil {
		if w.live() == 0 && w.cfg.Keep == 0 {
			w.t.Errorf("the station is there, and no call")
		}
		for _, name := range w.names {
			c, p := w.calls[name], w.phone(name)
			if p != nil && !c.over && c.byUs && c.waits["retrieve"] == 0 && p.hears(s) {
				w.t.Errorf("%v is held, and hears the agent", name)
			}
		}
	}
}

// quiet is true when nobody has anything to answer any more.
func (w *world) quiet() {
	w.t.Helper()
	for _, p := range w.phones {
		if p.stands == up && (p.out != nil || p.outEmpty) {
			w.t.Errorf("%v waits for an answer", p.leg)
		}
		if p.hearsTone {
			w.t.Errorf("%v hears a tone, and everybody has answered", p.leg)
		}
		for _, o := range w.phones {
			if o != p && o.hears(p) && address(o.remote) != address(p.local) && !o.unsaid && !p.unsaid {
				w.t.Errorf("%v is heard by %v, who talks with somebody else", p.leg, o.leg)
			}
		}
	}
	for _, name := range w.names {
		c := w.calls[name]
		for what, n := range c.waits {
			if n != 0 && !c.over {
				w.t.Errorf("%v: the %v is never answered", name, what)
			}
		}
	}
	w.talking()
}

// talking: the agent talks with each call that is not held, and so with one at most.
func (w *world) talking() {
	w.t.Helper()
	s, heard := w.phone(Station), 0
	for _, p := range w.phones {
		if s != nil && p != s && s.hears(p) {
			heard++
		}
	}
	if heard > 1 {
		w.t.Errorf("the station hears %d others", heard)
	}
	talks := 0
	for _, name := range w.names {
		c, p := w.calls[name], w.phone(name)
		if c.over || !c.answered || len(c.members) > 0 {
			continue
		}
		if p == nil {
			w.t.Errorf("%v has hung up, and nobody was told", name)
			continue
		}
		if c.held[Agent] {
			if s != nil && c.byUs && s.sendsTo(p) {
				w.t.Errorf("%v is held, and the agent's voice is sent there", name)
			}
			continue
		}
		talks++
		w.talk(name)
	}
	if talks > 1 {
		w.t.Errorf("the agent talks with %d", talks)
	}
}

// talk: the agent and the remote party hear each other, where both want to and have nothing else to say.
func (w *world) talk(name string) {
	w.t.Helper()
	p, s := w.phone(name), w.phone(Station)
	if p == nil || s == nil {
		w.t.Errorf("%v or the station is not there", name)
		return
	}
	for _, o := range []*phone{p, s} {
		if o.holds || o.unsaid || o.in != nil || o.asked || o.out != nil || o.outEmpty {
			return
		}
	}
	w.seen["heard"]++
	if !p.hears(s) || !s.hears(p) {
		w.t.Errorf("%v and the agent do not hear each other", name)
	}
}
