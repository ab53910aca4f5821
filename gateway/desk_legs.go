package gateway

import (
	"cmp"
	"strings"

	"github.com/google/uuid"

	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/join"
	"tieline/sip/line"
	"tieline/sip/offer"
)

// deskLeg is a leg of a desk's.
type deskLeg struct {
	id       string
	leg      sip.Leg
	incoming *sip.Incoming // it called us, and we have not answered
	trunk    string        // once it is known
	theirs   []byte        // the latest description
	asking   bool          // our latest offer was the wish for one
	hush     func() bool   // ends our tone
	limit    *limit        // to give its place back to
}

func (l *deskLeg) quiet() {
	if l.hush != nil {
		l.hush()
		l.hush = nil
	}
}

// invite calls a leg.
func (d *desk) invite(e line.Invite) {
	dial := d.dial(e)
	dial.SDP, dial.Delayed, dial.PassOffers = e.SDP, e.SDP == nil, true
	l := &deskLeg{id: e.Leg}
	d.legs[e.Leg] = l
	count := d.calls.meter.station
	if e.Leg != line.Station {
		count = d.calls.meter.dialled()
	}
	l.leg = d.calls.dialLeg(dial, func(e sip.Event) {
		count(e)
		d.heard(l, e)
	})
}

// dialLeg calls somebody and keeps count of the leg until its end, whoever still wants to hear of it.
func (c *calls) dialLeg(dial sip.Dial, heard func(sip.Event)) sip.Leg {
	key := newID()
	dial.ID = cmp.Or(dial.ID, key)
	c.mu.Lock() // the leg may be over before it is kept
	defer c.mu.Unlock()
	call := c.ua.Dial(dial, func(e sip.Event) {
		if isOver(e) {
			c.forget(key)
		}
		heard(e)
	})
	c.live[key] = call
	return call
}

// dial says who is called for a leg: the station, a callee, somebody who is brought in, or the conference.
func (d *desk) dial(e line.Invite) sip.Dial {
	if e.Leg == line.Station {
		return d.dialStation(e)
	}
	if c := d.known[e.Leg]; c != nil {
		return d.calls.dial(c.Call, d.line.Group)
	}
	for _, c := range d.known {
		switch {
		case c.errand == nil:
		case c.errand.to != nil && c.errand.to.ID == e.Leg:
			return d.calls.dial(*c.errand.to, d.line.Group)
		case c.errand.room != "":
			return d.dialRoom(c.errand.room)
		}
	}
	return sip.Dial{} // fails: there is nobody to call
}

// dialStation shows the agent who the call is with.
func (d *desk) dialStation(e line.Invite) sip.Dial {
	user, trunk, _ := d.group.Station.Of(d.line.EndPoint)
	s := sip.Dial{
		User: user, Trunks: []string{trunk}, Telephone: user + "@" + trunk, CallerNumber: d.line.EndPoint,
		ProgressTimeout: d.group.Dial.ProgressTimeout, RingTimeout: d.group.Station.RingTimeout,
	}
	switch c := d.known[e.With]; {
	case c == nil: // the way into a conference
	case c.inbound != nil:
		i := c.inbound.Invitation()
		s.CallerNumber, s.CallerName, s.Anonymous = cmp.Or(i.CallerNumber, s.CallerNumber), i.CallerName, i.Withheld
		s.Headers, s.TraceParent = passed(i.Headers, d.group.Station.PassHeaders), i.TraceParent
	default:
		s.CallerNumber, s.TraceParent = cmp.Or(c.Destination.Number, s.CallerNumber), c.TraceParent
		if !c.answered {
			s.Deadline, s.Urgent = c.Deadline, c.Destination.Urgent
		}
	}
	if !e.Auto {
		return s
	}
	for _, a := range d.group.Station.AutoAnswer {
		if name, value, ok := a.Header(d.calls.ua.Host()); ok {
			s.Headers = append(s.Headers, sip.Header{Name: name, Value: value})
		}
	}
	return s
}

// dialRoom calls the conference.
func (d *desk) dialRoom(id string) sip.Dial {
	room := strings.NewReplacer("{id}", id, "{end-point}", d.line.EndPoint).Replace(d.group.Conference)
	user, trunk, _ := config.SplitStation(room)
	return sip.Dial{
		User: user, Trunks: []string{trunk}, ProgressTimeout: d.group.Dial.ProgressTimeout, RingTimeout: d.group.Dial.RingTimeout,
		CallerNumber: cmp.Or(d.group.CallerID.Number, d.line.EndPoint), CallerName: d.group.CallerID.Name,
		Anonymous: d.group.CallerID.Anonymous,
	}
}

// newRoom is what {id} stands for.
func newRoom() string { return strings.ReplaceAll(uuid.NewString(), "-", "")[:12] }

func (d *desk) offer(e line.Offer) {
	if l := d.legs[e.Leg]; l != nil {
		l.asking = e.SDP == nil
		l.leg.Offer(e.SDP)
	}
}

func (d *desk) answer(e line.Answer) {
	switch l := d.legs[e.Leg]; {
	case l == nil:
	case l.incoming != nil:
		l.incoming.AnswerWith(e.SDP)
	default:
		l.leg.AnswerOffer(e.SDP)
	}
}

func (d *desk) reject(e line.Reject) {
	switch l := d.legs[e.Leg]; {
	case l == nil:
	case l.incoming != nil:
		l.incoming.Refuse(sip.Refusal{Status: e.Status})
	default:
		l.leg.RejectOffer(e.Status)
	}
}

// hangUp ends a leg. What is heard of it later means nothing.
func (d *desk) hangUp(id string) {
	l := d.legs[id]
	if l == nil {
		return
	}
	d.drop(l)
	l.leg.HangupFor(d.because)
}

func (d *desk) drop(l *deskLeg) {
	l.quiet()
	delete(d.legs, l.id)
	if l.limit != nil {
		l.limit.give()
	}
}

// play lets a leg hear our ringing tone, if it can be told where to send it.
func (d *desk) play(id string) {
	l := d.legs[id]
	if l == nil {
		return
	}
	l.quiet()
	if at, codec, ok := offer.Ear(l.theirs); ok {
		l.hush = d.calls.tones.play(d.group, at, codec)
	}
}

// heard takes the news of a leg.
func (d *desk) heard(l *deskLeg, e sip.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.legs[l.id] != l {
		return // it was hung up
	}
	defer func() { d.because, d.cut = "", false }()
	switch e := e.(type) {
	case sip.Progress:
		d.step(line.Progress{Leg: l.id, Alerted: e.Alerted})
	case sip.EarlyMedia:
		l.theirs = e.SDP
		d.step(line.Early{Leg: l.id, SDP: e.SDP})
	case sip.Answered:
		d.answered(l, e)
	case sip.Failed:
		d.because = e.Reason
		d.drop(l)
		d.failed(l, e.Outcome)
	case sip.Ended:
		d.because, d.cut = e.Reason, !e.ByRemote
		d.drop(l)
		d.step(line.Over{Leg: l.id})
	case sip.PeerOffer:
		if e.SDP != nil {
			l.theirs = e.SDP
		}
		d.step(line.Heard{Leg: l.id, In: join.Offered{SDP: e.SDP}})
	case sip.Renegotiated:
		l.theirs = e.SDP
		d.agreed(l, e.Offer, e.SDP)
	case sip.OfferFailed:
		d.refused(l, e)
	case sip.PeerOfferGone:
		d.step(line.Heard{Leg: l.id, In: join.Withdrawn{}})
	case sip.Referred:
		d.lost = e.Outcome // whom it was about, not the peer, has failed
		d.step(line.Referred{Leg: l.id, OK: e.Cause == 0, Called: e.Called})
	case sip.ReferProgress:
	case sip.DTMF, sip.DTMFSent, sip.DTMFFailed:
		d.news(l.id, dtmf(l.id, e))
	}
}

// answered takes that a leg is up. A 2xx need not repeat what was said early
// (https://www.rfc-editor.org/rfc/rfc6337#section-3.1.1).
func (d *desk) answered(l *deskLeg, e sip.Answered) {
	sdp := e.SDP
	if sdp == nil && l.incoming == nil {
		sdp = l.theirs
	}
	if sdp != nil {
		l.theirs = sdp
	}
	l.incoming, l.trunk = nil, e.Trunk
	if c := d.known[l.id]; c != nil {
		c.headers = e.Headers
	}
	d.step(line.Up{Leg: l.id, SDP: sdp})
}

// agreed takes the answer to an offer of ours, or the offer that was asked for.
func (d *desk) agreed(l *deskLeg, offer bool, sdp []byte) {
	if offer {
		d.step(line.Heard{Leg: l.id, In: join.Supplied{SDP: sdp}})
		return
	}
	d.step(line.Heard{Leg: l.id, In: join.Answered{SDP: sdp}})
}

// refused takes that nothing came of an offer of ours, or of the wish for one. A 2xx without a description is an answer
// that lacks it.
func (d *desk) refused(l *deskLeg, e sip.OfferFailed) {
	if e.Status/100 == 2 {
		d.agreed(l, l.asking, nil)
		return
	}
	d.note(l, e.Outcome)
	d.step(line.Heard{Leg: l.id, In: join.Refused{Status: e.Status, RetryAfter: e.Again}})
}

// note remembers why a leg has failed us last, for whoever is told.
func (d *desk) note(l *deskLeg, o sip.Outcome) {
	if c := d.known[l.id]; c != nil {
		c.outcome = o
	} else {
		d.lost = o
	}
}

// failed takes that a leg was lost before it was answered.
func (d *desk) failed(l *deskLeg, o sip.Outcome) {
	d.calls.log.Info("a leg was not answered", "leg", legKind(l.id), "cause", o.Cause, "status", o.Status, "trunk", o.Trunk, "detail", o.Detail)
	d.note(l, o)
	d.step(line.Lost{Leg: l.id, Status: o.Status, Alerted: o.Alerted})
}

// legKind is what a log calls a leg.
func legKind(id string) string {
	switch {
	case id == line.Station:
		return "station"
	case strings.HasPrefix(id, line.Room("")):
		return "conference"
	}
	return id
}

// seated has a call that has come in become a leg.
func (d *desk) seated(o *offered, call interaction.Call, news func(interaction.Input)) bool {
	l := &deskLeg{id: call.ID, leg: o.Incoming, incoming: o.Incoming, trunk: o.Invitation().Trunk, theirs: o.Invitation().SDP}
	o.PassOffers()
	if !d.begin(&deskCall{Call: call, news: news, inbound: o}, l, line.Take{Call: l.id, SDP: l.theirs}) {
		return false
	}
	if o.decide(func(e sip.Event) { d.heard(l, e) }) {
		d.calls.forget(o.ID())
	}
	return true
}
