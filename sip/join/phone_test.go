package join

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
)

// phone is what the machine talks to.
type phone struct {
	codecs      []string
	port        int
	holds       bool
	unsaid      bool // its last offer was not taken
	restless    bool // another port in each answer
	up, ended   bool
	called      bool // our INVITE is pending
	local       *offer.Description
	remote      *offer.Description
	in          *offer.Description // our offer waits for its answer
	asked       bool               // it is to offer
	inACK       bool               // in is in a 2xx of ours
	out         *offer.Description // its offer waits for our answer
	outEmpty    bool               // it has sent an INVITE without a body
	outIn2xx    bool               // out is in its 2xx: cannot be refused
	offersToLeg int                // since something came from outside
	crossing    bool               // it has offered while our offer was on its way: 491
}

func (w *world) hangsUp(l Leg) {
	p := &w.phones[l]
	if !p.up && p.out == nil && !p.outEmpty {
		return
	}
	wasJoined, keep := w.m.goal == joined, w.m.keep[l.Other()]
	*p = phone{ended: true}
	w.step(LegEnded{Leg: l})
	if o := &w.phones[l.Other()]; wasJoined && !keep && !o.ended && (o.up || o.called || o.out != nil || o.outEmpty) {
		w.t.Errorf("%v ended, and %v lives on", l, l.Other())
	}
}

// respond answers whatever waits for the phone.
func (w *world) respond(l Leg) {
	p := &w.phones[l]
	switch {
	case p.crossing:
		w.refuse(l, 255)
	case p.asked:
		p.asked = false
		p.up, p.called = true, false
		p.out, p.outIn2xx = p.describe(p.want()), true
		w.step(Supplied{Leg: l, SDP: p.out.Bytes()})
	case p.in != nil:
		if p.restless {
			p.port += 2
		}
		a := w.answerOf(p, p.in)
		if !a.HasAudio() && !p.inACK {
			p.in = nil
			p.called = false
			w.step(Refused{Leg: l, Status: 488})
			return
		}
		p.local, p.remote = a, p.in
		p.up, p.called = true, false
		p.in, p.inACK = nil, false
		w.step(Answered{Leg: l, SDP: a.Bytes()})
	}
}

func (w *world) refuse(l Leg, how byte) {
	p := &w.phones[l]
	if p.in == nil && !p.asked || p.inACK {
		return
	}
	in := Refused{Leg: l, Status: []int{488, 500, 486, 415, 606}[how>>1%5]}
	if p.crossing || how&64 != 0 && p.up {
		in = Refused{Leg: l, Status: 491, RetryAfter: time.Duration(how%32+1) * 100 * time.Millisecond}
	}
	p.in, p.asked, p.crossing, p.called = nil, false, false, false
	w.step(in)
}

// offers changes something at the phone, or nothing, and offers it.
func (w *world) offers(l Leg, how byte) {
	p := &w.phones[l]
	if p.out != nil || p.outEmpty || p.inACK || p.called || l == A && !p.up && how&48 != 0 {
		return
	}
	switch how >> 1 % 6 {
	case 0:
		p.holds = !p.holds
	case 1:
		p.port += 2
	case 2:
		if !slices.Contains(p.codecs, "3") {
			p.codecs = append(p.codecs, "3")
		}
	case 3:
		p.outEmpty = true
	}
	if !p.outEmpty {
		p.out = p.describe(p.want())
	}
	p.crossing = p.in != nil || p.asked
	w.step(Offered{Leg: l, SDP: p.out.Bytes()})
}

func (w *world) early(l Leg, how byte) {
	p := &w.phones[l]
	if !p.called || p.in == nil {
		return
	}
	p.port += 2 * int(how>>1&1)
	if a := w.answerOf(p, p.in); a.HasAudio() {
		w.step(EarlyAnswer{Leg: l, SDP: a.Bytes()})
	}
}

// want is the direction that the phone would have.
func (p *phone) want() offer.Direction {
	if p.holds {
		return offer.Sends
	}
	return offer.Both
}

func (p *phone) describe(dir offer.Direction) *offer.Description {
	d, err := offer.Parse(offertest.Describe("phone:" + strconv.Itoa(p.port) + " " + strings.Join(p.codecs, " ") + " " + dir.String()))
	if err != nil {
		panic(err)
	}
	return d
}

// answerOf is the phone's answer.
func (w *world) answerOf(p *phone, to *offer.Description) *offer.Description {
	d := p.describe(p.want() & to.Directions()[0].Mirror()).AsAnswer(to)
	if n, err := d.Narrow(to); err == nil {
		return n
	}
	return d.Refusal()
}
