package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
)

// role is what a party is to the gateway.
type role uint8

const (
	remote  role = iota // a callee, caller, expert
	station             // an agent's phone
	room                // a place in a conference
)

// party is somebody at a telephone: one leg.
type party struct {
	w      *world
	pbx    *siptest.PBX
	call   *siptest.Call
	role   role
	number string // its own; of a room, the room's

	caller   bool // it has called
	alerted  bool
	progress bool // it has heard more of its call than 100
	up, gone bool

	concluded bool                 // it has answered its call, or refused it
	cancel    siptest.CancelManner // of its PBX
	cancelled bool                 // it has cancelled its own

	codecs []string
	host   string
	stand
	own, given *offer.Description // what was agreed last: where it is, and what it was told
	saying     *offer.Description // its offer that is not answered yet
	next       *stand             // what its own re-INVITE, which is not answered yet, is about; nil: there is none
	asked      *gosip.Request     // a re-INVITE of the gateway's that it has not answered
	referred   bool               // it has taken a REFER, and not told the end
	outcome    int                // of it, as was told last
	stubborn   bool               // it has refused the latest re-INVITE
	passed     bool               // it was seen to talk with another one without an agent
}

// stand is what may change at a telephone.
type stand struct {
	port   int
	holds  bool
	asking bool // its re-INVITE has no offer
}

var codecs = [][]string{{"8", "0", "101"}, {"8", "101"}, {"8", "0", "9", "101"}, {"0", "8"}, {"18", "8", "101"}, {"9", "18"}}

func (w *world) newParty(pbx *siptest.PBX, call *siptest.Call, number string) *party {
	w.ports += 2
	host, _, _ := strings.Cut(pbx.Address(), ":")
	p := &party{w: w, pbx: pbx, call: call, number: number, host: host, stand: stand{port: 10000 + w.ports}, codecs: codecs[0]}
	if w.IntN(5) == 0 && !w.kind {
		p.codecs = codecs[w.IntN(len(codecs))]
	}
	w.parties = append(w.parties, p)
	return p
}

// attend has everybody read what has come.
func (w *world) attend() {
	for _, pbx := range w.pbxs {
		for {
			call, err := pbx.Next(w.over)
			if err != nil {
				break
			}
			w.called(pbx, call)
		}
	}
	for _, p := range slices.Clone(w.parties) {
		for !p.gone {
			m, err := p.call.Next(w.over)
			if err != nil {
				break
			}
			switch m := m.(type) {
			case *gosip.Request:
				p.hears(m)
			case *gosip.Response:
				p.learns(m)
			}
		}
	}
}

// called has a telephone ring. Who was rung is not called again, but for who only did not like the codecs (docs/protocol.md §3).
func (w *world) called(pbx *siptest.PBX, call *siptest.Call) {
	p := w.newParty(pbx, call, call.Invite().Recipient.User)
	switch {
	case strings.HasPrefix(p.number, "phone-"):
		p.role = station
	case strings.HasPrefix(p.number, "conf-"):
		p.role = room
	default:
		w.rings(p.number)
	}
	call.SetPort(p.port)
	p.given = p.read(call.Invite())
	p.behaves()
}

func (w *world) rings(number string) {
	w.rung[number]++
	if n := w.rung[number]; n > 1 && !(n == 2 && w.refused[number]) {
		w.t.Errorf("%s is rung %d times", number, n)
	}
}

// read is the description in a message; nil: there is none.
func (p *party) read(m gosip.Message) *offer.Description {
	if len(m.Body()) == 0 {
		return nil
	}
	d, err := offer.Parse(m.Body())
	if err != nil {
		p.w.t.Errorf("%s is told what it understands: %v", p.number, err)
	}
	return d
}

// hears takes a request inside the call.
func (p *party) hears(req *gosip.Request) {
	switch req.Method {
	case gosip.ACK:
		p.acknowledged(req)
	case gosip.BYE:
		p.gone = true
	case gosip.CANCEL:
		p.calledOff()
	case gosip.INVITE:
		p.offered(req)
	case gosip.REFER:
		p.refers(req)
	case gosip.UPDATE:
		p.w.t.Errorf("%s has an UPDATE, which it does not understand", p.number)
	default: // the PBX answers
	}
}

// acknowledged takes that an answer of its own was heard, and what it was told behind it.
func (p *party) acknowledged(req *gosip.Request) {
	p.up = p.up || p.concluded
	if told := p.read(req); told != nil && p.saying != nil {
		p.own, p.given, p.saying = p.saying, told, nil
	}
}

// offered takes a re-INVITE.
func (p *party) offered(req *gosip.Request) {
	switch {
	case p.next != nil:
		p.w.seen.add("glare")
		p.call.Answer(req, siptest.Reply(491, ""))
	case p.asked != nil:
		p.w.t.Errorf("%s has a re-INVITE inside another one", p.number)
	default:
		p.asked = req
		p.w.later(p.hesitates(), func() { p.answers(req) })
	}
}

// answers answers it.
func (p *party) answers(req *gosip.Request) {
	if p.asked != req || p.gone {
		return
	}
	p.asked, p.stubborn = nil, !p.w.kind && p.w.IntN(20) == 0
	if p.stubborn {
		p.call.Answer(req, siptest.Reply([]int{488, 500, 491}[p.w.IntN(3)], ""))
		return
	}
	told := p.read(req)
	d := p.says(told)
	if d == nil {
		p.call.Answer(req, siptest.Reply(488, ""))
		return
	}
	p.call.Answer(req, siptest.Reply(200, "", siptest.SDP(d.Bytes())))
}

// says is its answer, or its offer; nil: they have nothing in common.
func (p *party) says(told *offer.Description) *offer.Description {
	if told == nil {
		p.saying = p.describe(p.stand, p.want())
		return p.saying
	}
	d, err := p.describe(p.stand, p.want()&told.Directions()[0].Mirror()).AsAnswer(told).Narrow(told)
	if err != nil || !d.HasAudio() {
		p.w.seen.add("no codec in common")
		return nil
	}
	p.own, p.given = d, told
	return d
}

// learns takes a response.
func (p *party) learns(res *gosip.Response) {
	switch {
	case res.CSeq().MethodName == gosip.NOTIFY && res.StatusCode == 500: // another request has overtaken it
		p.referred = true
		p.w.later(time.Second, func() { p.tells(p.outcome) })
	case res.CSeq().MethodName != gosip.INVITE:
	case res.StatusCode < 200:
		p.progress = p.progress || res.StatusCode > 100
	case p.caller && !p.up:
		p.taken(res)
	case p.next != nil:
		p.agreed(res)
	}
}

// taken takes the answer to its call.
func (p *party) taken(res *gosip.Response) {
	if res.StatusCode >= 300 {
		p.gone = true
		return
	}
	p.up = true
	told := p.read(res)
	switch {
	case p.cancelled: // too late
		p.bye()
		return
	case told == nil:
		p.w.t.Errorf("%s is answered with nothing to hear", p.number)
	case p.saying == nil: // siptest answers for it, in the ACK
		p.own, p.given = p.describe(p.stand, told.Directions()[0].Mirror()), told
	default:
		p.own, p.given, p.saying = p.saying, told, nil
	}
}

// agreed takes the answer to its re-INVITE.
func (p *party) agreed(res *gosip.Response) {
	next, said := *p.next, p.saying
	p.next, p.saying = nil, nil
	switch told := p.read(res); {
	case res.StatusCode == 491:
		p.w.seen.add("glare")
		p.w.later(p.w.between(0, 4*time.Second), func() { p.reInvites(next) })
	case res.StatusCode >= 300: // all is as it was
	case next.asking:
		p.own, p.given = p.describe(p.stand, told.Directions()[0].Mirror()), told
	default:
		p.stand, p.own, p.given = next, said, told
		p.call.SetPort(p.port)
	}
}

func (s stand) want() offer.Direction {
	if s.holds {
		return offer.Sends
	}
	return offer.Both
}

func (p *party) describe(s stand, dir offer.Direction) *offer.Description {
	d, err := offer.Parse(offertest.Describe(fmt.Sprintf("%s:%d %s %v", p.host, s.port, strings.Join(p.codecs, " "), dir)))
	if err != nil {
		panic(err)
	}
	return d
}
