package line

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieline/sip/join"
	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
)

// phone is whoever is at the other end of a leg.
type phone struct {
	leg      string
	stands   phase // absent: hung up; incoming: it calls us; calling: it is called; up: both know
	answered bool  // incoming: it has our 2xx, we do not have its ACK
	alerted  bool
	byHand   bool // it is not asked to answer by itself

	codecs   []string
	port     int
	holds    bool
	restless bool // another port in each answer

	local, remote *offer.Description // what was agreed last
	in            *offer.Description // our offer waits for its answer
	inACK         bool               // in a 2xx of ours
	asked         bool               // it is to make an offer
	out           *offer.Description // its offer waits for our answer
	outEmpty      bool               // it has sent a re-INVITE or INVITE without a body
	outIn2xx      bool               // out is in its 2xx: it cannot be refused
	since         time.Time          // nothing has been waiting
	crossing      bool               // it has offered while our offer was on its way: 491
	early         bool               // it has answered early
	unsaid        bool               // its last offer was not taken
	refers        bool               // it has a REFER of ours
	hearsTone     bool
}

// codecs of the phones, by how well they get on with each other.
var setups = [][]string{{"8", "0", "101"}, {"8", "101"}, {"8", "0", "9", "18", "101"}, {"0", "8"}, {"18", "8", "101"}, {"9", "18"}, {"9"}, {"9", "18"}}

// newPhone is one at a new address. One in three has its own ideas.
func (w *world) newPhone(leg string, how byte) *phone {
	w.port += 100
	p := &phone{leg: leg, port: w.port, codecs: slices.Clone(setups[0])}
	if how%3 == 2 && !w.plain {
		w.trouble = true
		p.codecs = slices.Clone(setups[int(how>>2)%len(setups)])
		p.restless = how>>6 == 3 && leg != Station
	}
	w.phones = append(w.phones, p)
	return p
}

// respond has a phone do what it is asked to, as well as it can.
func (w *world) respond(p *phone) {
	switch {
	case p.crossing:
		w.refuse(p, 255)
	case p.refers:
		p.refers = false
		w.step(Referred{Leg: p.leg, Called: len(w.log)%2 == 0})
	case p.stands == incoming && p.answered && !p.inACK:
		p.stands = up
		w.step(Up{Leg: p.leg})
	case p.asked:
		w.supplies(p)
	case p.in != nil:
		w.answers(p)
	}
}

// supplies makes the offer that a phone is asked for.
func (w *world) supplies(p *phone) {
	p.asked = false
	w.picksUp(p)
	p.out, p.outIn2xx = p.describe(p.want()), true
	if p.stands == calling {
		p.stands = up
		w.step(Up{p.leg, p.out.Bytes()})
		return
	}
	w.step(Heard{p.leg, join.Supplied{SDP: p.out.Bytes()}})
}

// picksUp notes that the agent has picked up a station that rang for a caller.
func (w *world) picksUp(p *phone) {
	if p.stands != calling || !p.byHand {
		return
	}
	if c := w.m.callOf(w.m.station.want); c != nil {
		w.calls[c.leg.id].wished = true
		w.seen["answered by hand"]++
	}
}

func (w *world) answers(p *phone) {
	if p.restless {
		p.port += 2
	}
	a := p.answerTo(p.in)
	switch {
	case a.HasAudio() || p.inACK:
	case p.stands == calling:
		w.losesCall(p, 488)
		return
	default:
		p.in = nil
		w.step(Heard{p.leg, join.Refused{Status: 488}})
		return
	}
	w.picksUp(p)
	said := a.Bytes()
	if p.early && p.local.Same(a) && p.port%4 == 0 {
		said = nil // what was said early need not be said again
	}
	p.local, p.remote = a, p.in
	p.in, p.inACK, p.early = nil, false, false
	if p.stands == up {
		w.step(Heard{p.leg, join.Answered{SDP: said}})
		return
	}
	p.stands = up
	w.step(Up{p.leg, said})
}

// refuse has a phone refuse what it is asked.
func (w *world) refuse(p *phone, how byte) {
	switch {
	case p.refers:
		p.refers = false
		w.step(Referred{Leg: p.leg, OK: true})
	case p.stands == calling && how%8 > 5:
		w.seen["rubbish"]++
		w.trouble, w.useless = true, p
		said := []byte("rubbish")
		if how%8 == 6 && !p.early {
			said = nil
		}
		p.stands, p.in, p.asked = up, nil, false
		w.step(Up{p.leg, said})
	case p.stands == calling:
		w.losesCall(p, []int{488, 486, 480, 0, 404, 606}[int(how)%6])
	case p.inACK && p.stands == incoming:
		w.losesCall(p, 0)
	case p.inACK: // the ACK had no answer
		p.in, p.inACK = nil, false
		w.useless = p
		w.step(Heard{p.leg, join.Refused{}})
	case p.stands == up && (p.in != nil || p.asked):
		w.trouble = true
		in := join.Refused{Status: []int{488, 500, 488, 415, 606, 481}[int(how)%6]}
		if p.crossing || how&64 != 0 {
			in = join.Refused{Status: 491, RetryAfter: time.Duration(how%32+1) * 100 * time.Millisecond}
		}
		p.in, p.asked, p.crossing = nil, false, false
		if in.Status == 481 {
			w.useless = p
		}
		w.step(Heard{p.leg, in})
	}
}

// losesCall ends a call before it is answered.
func (w *world) losesCall(p *phone, status int) {
	w.forget(p)
	w.step(Lost{p.leg, status, p.alerted})
}

// hangsUp ends a leg from its other end.
func (w *world) hangsUp(p *phone) {
	switch p.stands {
	case incoming:
		w.forget(p)
		w.step(Lost{Leg: p.leg, Status: 487})
	case up:
		w.forget(p)
		survivors := w.heldMeanwhile(p.leg)
		w.step(Over{p.leg})
		for _, name := range survivors {
			if w.calls[name].over {
				w.t.Errorf("%v was not with %v, and is over with it", name, p.leg)
			}
		}
	case absent, calling: // it refuses
	}
}

// offers changes something at a phone, or nothing, and offers it.
func (w *world) offers(p *phone, how byte) {
	if p.stands != up || p.out != nil || p.outEmpty || p.inACK {
		return
	}
	switch how % 6 {
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
	w.step(Heard{p.leg, join.Offered{SDP: p.out.Bytes()}})
}

// withdraws cancels a re-INVITE.
func (w *world) withdraws(p *phone) {
	if p.stands == up && (p.out != nil && !p.outIn2xx || p.outEmpty) {
		p.out, p.outEmpty, p.unsaid = nil, false, true
		w.step(Heard{p.leg, join.Withdrawn{}})
	}
}

// progresses has a phone that is called say so, perhaps with something to hear.
func (w *world) progresses(p *phone, how byte) {
	if p.stands != calling {
		return
	}
	if how&4 != 0 && p.in != nil {
		p.port += 2 * int(how>>3&1)
		if a := p.answerTo(p.in); a.HasAudio() {
			p.local, p.early = a, true
			w.seen["early"]++
			w.step(Early{p.leg, a.Bytes()})
			return
		}
	}
	p.alerted = p.alerted || how&2 != 0
	w.step(Progress{p.leg, how&2 != 0})
}

// want is the direction that a phone would have.
func (p *phone) want() offer.Direction {
	if p.holds {
		return offer.Sends
	}
	return offer.Both
}

func (p *phone) describe(dir offer.Direction) *offer.Description {
	d, err := offer.Parse(offertest.Describe(fmt.Sprintf("%s:%d %s %v",
		strings.ReplaceAll(p.leg, " ", "-"), p.port, strings.Join(p.codecs, " "), dir)))
	if err != nil {
		panic(err)
	}
	return d
}

// answerTo is the phone's answer.
func (p *phone) answerTo(to *offer.Description) *offer.Description {
	d := p.describe(p.want() & to.Directions()[0].Mirror()).AsAnswer(to)
	if n, err := d.Narrow(to); err == nil {
		return n
	}
	return d.Refusal()
}

// address is where a description has its audio.
func address(d *offer.Description) string { return strings.Fields(offertest.Brief(d.Bytes()))[0] }

// sendsTo reports that what is said at one phone is sent to where the other one listens.
func (p *phone) sendsTo(o *phone) bool {
	return p.local != nil && p.remote != nil && o.local != nil && address(p.remote) == address(o.local) &&
		p.local.Directions()[0]&offer.Sends != 0 && p.remote.Directions()[0]&offer.Receives != 0
}

// hears reports that it is heard there, too.
func (p *phone) hears(o *phone) bool {
	return o.sendsTo(p) && p.local.Directions()[0]&offer.Receives != 0 && p.remote.Directions()[0]&offer.Sends != 0
}
