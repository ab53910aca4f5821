package gateway

import (
	"fmt"
	"net"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/offer"
	"tieline/sip/siptest"
)

// patience is how long a caller lets it ring.
const patience = 40 * time.Second

// unanswered is what a party answers by itself, and not its PBX.
var unanswered = []gosip.RequestMethod{gosip.INVITE, gosip.REFER}

// weather is what the network is like for a while.
func (w *world) weather() {
	rough := siptest.Link{Latency: 20 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.05, Duplicate: 0.05, Reorder: 0.05}
	links := []siptest.Link{rough, {}, {Latency: 5 * time.Millisecond}, {Latency: 30 * time.Millisecond, Jitter: 40 * time.Millisecond}, {Latency: 150 * time.Millisecond}}
	n := w.IntN(len(links))
	if w.loss > 0 {
		links[n] = siptest.Link{Latency: 20 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: w.loss, Duplicate: w.loss, Reorder: w.loss}
	}
	w.rough = w.rough || n == 0 || w.loss > 0
	w.network.SetDefault(links[n])
}

// callsIn has somebody call an agent.
func (w *world) callsIn() {
	n := w.IntN(8)
	pbx := w.pbxs[[]int{0, 2}[n%2]]
	p := w.newParty(pbx, nil, fmt.Sprint(300000+len(w.parties)))
	p.caller = true
	body := siptest.NoSDP()
	if n > 0 {
		p.saying = p.describe(p.stand, offer.Both)
		body = siptest.SDP(p.saying.Bytes())
	}
	call, err := pbx.Dial(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5060}, fmt.Sprintf("sip:%d@192.0.2.1", 1001+w.IntN(2)),
		siptest.From("<sip:"+p.number+"@pbx>"), siptest.To("<sip:4930555@pbx>"), body)
	if err != nil {
		w.t.Fatal(err)
	}
	p.call = call
	if p.saying == nil {
		p.port, p.codecs = call.Port(), codecs[0] // its PBX answers for it
	}
	call.SetPort(p.port)
	call.SetManners(siptest.Manners{Unanswered: unanswered})
	w.seen.add("called in")
	w.later(w.between(0, patience), p.givesUp)
}

// behaves is how a telephone takes a call. Who works here takes most of them.
func (p *party) behaves() {
	w := p.w
	n := w.IntN(100)
	switch {
	case w.kind:
		n = 99
	case p.role != remote && w.IntN(2) == 0:
		n = 50 + n/2
	}
	ring, final := 180, 200
	switch {
	case n < 4:
		ring, final = 0, 488
	case n < 8:
		ring, final = 0, []int{480, 404, 503}[w.IntN(3)]
	case n < 14:
		final = []int{486, 603}[w.IntN(2)]
	case n < 17:
		final = 0 // rings for ever
	case n < 19:
		ring, final = 0, 0
	case n < 22:
		final = 480
	case n < 35:
		ring = 183
	case n < 55:
		ring = 0
	}
	p.cancel = []siptest.CancelManner{siptest.CancelThenRefuse, siptest.CancelThenRefuse, siptest.RefuseThenCancel, siptest.CancelOnly}[w.IntN(4)]
	p.call.SetManners(siptest.Manners{Unanswered: unanswered, Cancel: p.cancel})
	if ring+final != 0 {
		p.call.Respond(100, "")
	}
	if ring != 0 {
		w.later(w.between(0, 2*time.Second), func() { p.rings(ring) })
	}
	if final != 0 {
		w.later(w.between(0, 6*time.Second), func() { p.concludes(final) })
	}
}

func (p *party) rings(status int) {
	if p.gone || p.concluded {
		return
	}
	p.alerted = p.alerted || status == 180
	body := siptest.NoSDP()
	if status == 183 && p.given != nil {
		if d := p.says(p.given); d != nil {
			body = siptest.SDP(d.Bytes())
		}
	}
	p.call.Respond(status, "", body)
}

func (p *party) concludes(status int) {
	if p.gone || p.concluded {
		return
	}
	if status == 200 {
		if d := p.says(p.given); d != nil {
			p.concluded = true
			p.call.Respond(200, "", siptest.SDP(d.Bytes()))
			if p.w.IntN(20) == 0 && !p.w.kind {
				p.w.later(p.w.between(0, 300*time.Millisecond), p.bye)
			}
			return
		}
		status = 488
	}
	p.gone = true
	p.w.refused[p.number] = status == 488 && (!p.alerted || p.w.rough) // who knows whether the 180 was heard
	p.call.Respond(status, "")
}

// calledOff takes a CANCEL. Some PBXs leave the INVITE itself to the telephone, which may have been answered in this moment.
func (p *party) calledOff() {
	switch {
	case p.up:
		p.asked = nil
	case p.concluded: // it comes too late
	case p.cancel != siptest.CancelOnly:
		p.gone = true
	default:
		p.w.later(p.w.between(0, time.Second), func() {
			if !p.gone && !p.concluded && p.given != nil && p.w.IntN(2) == 0 {
				p.w.seen.add("answered a CANCEL")
				p.concludes(200)
			} else {
				p.concludes(487)
			}
		})
	}
}

// givesUp has a caller hang up who was not answered.
func (p *party) givesUp() {
	switch {
	case p.up || p.gone || p.cancelled:
	case !p.progress:
		p.w.later(time.Second, p.givesUp)
	default:
		p.w.seen.add("caller gave up")
		p.cancelled = true
		p.call.Cancel()
	}
}

func (p *party) talks() bool { return p.up && !p.gone && p.call.Live() }

func (p *party) bye() {
	if p.gone || !p.call.Live() {
		return
	}
	if p.asked != nil {
		p.call.Answer(p.asked, siptest.Reply(487, ""))
	}
	p.gone = true
	p.call.Bye()
}

// idea has somebody who talks do something without being asked.
func (w *world) idea() {
	var all []*party
	for _, p := range w.parties {
		if p.talks() {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return
	}
	p := all[w.IntN(len(all))]
	next := p.stand
	switch w.IntN(12) {
	case 0:
		p.bye()
		return
	case 1:
		p.call.Request(gosip.INFO, siptest.Body("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n")))
		return
	case 2:
		next.asking = !p.holds
	case 3: // it only refreshes the session
	case 4, 5:
		w.ports += 2
		next.port = 10000 + w.ports
	default:
		next.holds = !next.holds && p.role != room
	}
	p.reInvites(next)
}

// reInvites tells what is new at a telephone, as soon as it may.
func (p *party) reInvites(next stand) {
	switch {
	case !p.talks():
		return
	case p.next != nil:
		return
	case p.asked != nil || p.saying != nil:
		p.w.later(time.Second, func() { p.reInvites(next) })
		return
	}
	p.next = &next
	if next.asking {
		p.call.ReInvite(siptest.NoSDP())
		return
	}
	p.saying = p.describe(next, next.want())
	p.call.ReInvite(siptest.SDP(p.saying.Bytes()))
}

// hesitates is how long a telephone takes to answer a re-INVITE.
func (p *party) hesitates() time.Duration {
	if p.w.kind || p.w.IntN(3) > 0 {
		return 0
	}
	return p.w.between(0, 2*time.Second)
}

// refers takes a REFER, and may or may not do what it says.
func (p *party) refers(req *gosip.Request) {
	w := p.w
	if n := w.IntN(10); n < 3 && !w.kind {
		p.call.Answer(req, siptest.Reply([]int{405, 501, 603}[n], ""))
		return
	}
	p.call.Answer(req, siptest.Reply(202, ""))
	target, replaces, attended := strings.Cut(req.GetHeader("Refer-To").Value(), "Replaces=")
	if !attended {
		number, _, _ := strings.Cut(strings.TrimPrefix(target, "<sip:"), "@")
		w.rings(number)
	}
	p.referred = true
	outcome := []int{200, 200, 200, 486, 480, 603, 0}[w.IntN(7)]
	w.later(w.between(0, time.Second), func() { p.tells(100) })
	if outcome != 0 { // otherwise nobody hears of it for a long time
		w.later(w.between(time.Second, 6*time.Second), func() {
			p.tells(outcome)
			if outcome == 200 {
				p.passedOn(replaces)
			}
		})
	}
}

// passedOn has the PBX, now and then, hang up the calls that were transferred.
func (p *party) passedOn(replaces string) {
	w := p.w
	w.seen.add("transferred by REFER")
	if w.IntN(2) == 0 {
		w.later(w.between(0, 200*time.Millisecond), p.bye)
	}
	for _, o := range w.parties {
		if id, _, _ := strings.Cut(replaces, "%3B"); id == o.call.ID() && w.IntN(2) == 0 {
			w.later(w.between(0, 200*time.Millisecond), o.bye)
		}
	}
}

// tells has the PBX tell what has come of a REFER.
func (p *party) tells(status int) {
	if !p.referred || !p.talks() {
		return
	}
	p.referred, p.outcome = status < 200, status
	state := "active;expires=60"
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	p.call.Request(gosip.NOTIFY, siptest.Header("Event", "refer"), siptest.Header("Subscription-State", state),
		siptest.Body("message/sipfrag", fmt.Appendf(nil, "SIP/2.0 %d Told", status)))
}
