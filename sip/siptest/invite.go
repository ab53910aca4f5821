package siptest

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// inviteServer is the server side of one INVITE: a new call or a re-INVITE
// (https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1).
type inviteServer struct {
	call       *Call
	req        *gosip.Request
	from       peer
	branch     string
	target     string // the Request-URI
	seq        uint32
	last       wire // answers a repeated INVITE
	status     int  // the first final response; 0 none yet
	progressed bool // something provisional was sent
	cancelled  bool
	finals     []*final
}

// final is one final response on its way: the refusal, or the 2xx of one fork.
type final struct {
	server   *inviteServer
	tag      string
	status   int
	wire     wire
	interval time.Duration
	until    time.Time
	alarm    *alarm
	acked    bool
}

// serve starts an inviteServer. p.mu is held.
func (p *PBX) serve(c *Call, from peer, req *gosip.Request) *inviteServer {
	s := &inviteServer{
		call: c, req: req, from: from, branch: branch(req), target: req.Recipient.String(), seq: req.CSeq().SeqNo,
	}
	p.invites[s.branch] = s
	c.servers = append(c.servers, s)
	return s
}

// respond sends responses to an INVITE in one go. p.mu is held.
func (c *Call) respond(s *inviteServer, responses ...Response) {
	wires := make([]wire, len(responses))
	for i, r := range responses {
		x := c.dress(s, r.parts)
		responses[i].parts = x
		wires[i] = c.pbx.newWire(newResponse(s.req, s.from, x))
	}
	c.pbx.transmit(s.from, wires...)
	for i, r := range responses {
		s.last = wires[i]
		c.sent(s, r.parts, wires[i])
	}
	c.settle()
}

// dress adds what a good response has: tag, Contact, Record-Route and a description where one belongs.
func (c *Call) dress(s *inviteServer, x parts) parts {
	if x.tag == "" && x.status > 100 {
		x.tag = c.tag
		if tag, inside := s.req.To().Params.Get("tag"); inside { // of the fork that it is for
			x.tag = tag
		}
	}
	dialogForming := x.status > 100 && x.status < 300
	if x.contact == "" && dialogForming {
		x.contact = c.contact
	}
	// The options' slice is not ours to append to.
	x.headers = append([]gosip.Header(nil), x.headers...)
	if x.contact != "" {
		x.headers = append(x.headers, gosip.NewHeader("Contact", "<"+x.contact+">"))
	}
	if dialogForming {
		x.headers = append(x.headers, s.req.GetHeaders("Record-Route")...)
		if route := c.route(); route != "" {
			x.headers = append(x.headers, gosip.NewHeader("Record-Route", route))
		}
	}
	if x.status/100 == 2 {
		x.headers = append(x.headers, c.granted(s.req)...)
	}
	if x.sdp == nil && !x.noSDP && (x.status == 183 || x.status/100 == 2) {
		x.sdp = c.describe(s.req.Body())
	}
	return x
}

// granted is what a 2xx says of the session timer, where the manners are to say something.
func (c *Call) granted(req *gosip.Request) []gosip.Header {
	h := req.GetHeader("Session-Expires")
	if h == nil || c.manners.SessionTimer == 0 {
		return nil
	}
	asked, refresher, _ := strings.Cut(h.Value(), ";")
	seconds, _ := strconv.Atoi(asked)
	value := strconv.Itoa(min(seconds, int(c.manners.SessionTimer.Seconds()))) + ";" + cmp.Or(refresher, "refresher=uac")
	return []gosip.Header{gosip.NewHeader("Session-Expires", value), gosip.NewHeader("Require", "timer")}
}

// describe returns the PBX's answer to an offer, or its own offer when there is none.
func (c *Call) describe(offer []byte) []byte {
	switch {
	case c.pbx.config.SDP != nil:
		return c.pbx.config.SDP
	case len(offer) == 0:
		return offerSDP(c.pbx.host, c.port)
	}
	return mirrorSDP(offer, c.pbx.host, c.port)
}

// sent notes down what a response means. p.mu is held.
func (c *Call) sent(s *inviteServer, x parts, w wire) {
	s.progressed = true
	outside := s == c.first
	switch {
	case x.status == 100:
		return
	case x.status < 200:
		c.open(x)
		return
	case x.status < 300 && outside:
		c.open(x).answered()
	case outside:
		c.refused(x.status)
	case x.status < 300:
		if d := c.dialog(x.tag); d != nil {
			d.contact = x.contact
		}
	}
	if s.status == 0 {
		s.status = x.status
	}
	f := &final{server: s, tag: x.tag, status: x.status, wire: w, interval: T1, until: time.Now().Add(giveUp)}
	s.finals = append(s.finals, f)
	f.arm()
}

func (c *Call) refused(status int) {
	for _, d := range c.dialogs {
		d.end()
	}
	switch status {
	case 401, 407, 487:
	default:
		c.pbx.stats.Refused++
	}
}

// arm sets the alarm for the next repetition, or for giving up. A refusal is repeated only where the transport is not
// reliable (17.2.1), a 2xx everywhere (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4).
func (f *final) arm() {
	left := time.Until(f.until)
	wait := min(f.interval, left)
	if f.server.call.manners.SendOnce || f.status >= 300 && f.server.from.reliable() {
		wait = left
	}
	f.alarm = f.server.call.pbx.agenda.after(wait, f.tick)
}

func (f *final) tick() {
	f.alarm = nil
	if !time.Now().Before(f.until) {
		f.expire()
		return
	}
	f.server.call.pbx.repeat(f.server.from, f.wire)
	f.interval = min(2*f.interval, T2)
	f.arm()
}

// expire gives up: a call whose 2xx nobody acknowledges is ended with BYE (13.3.1.4).
func (f *final) expire() {
	c := f.server.call
	if !f.acked {
		c.pbx.complain("%s: the %d of CSeq %d was never acknowledged", c.id, f.status, f.server.seq)
	}
	if d := c.dialog(f.tag); f.status < 300 && d != nil && d.live() {
		c.bye(d)
	}
	c.settle()
}

// ack stops the repetition, unless the call is told to ignore it. p.mu is held.
func (f *final) ack() {
	c := f.server.call
	first := !f.acked
	f.acked = true
	if !c.manners.IgnoreACK {
		c.pbx.agenda.stop(f.alarm)
		f.alarm = nil
	}
	if first && f.status < 300 && f.server == c.first {
		c.pbx.stats.Acked++
		if d := c.dialog(f.tag); c.behaviour.HangupAfter > 0 && d != nil && d.live() {
			c.next = c.pbx.agenda.after(c.behaviour.HangupAfter, func() {
				if d.live() {
					c.hangup(d)
				}
			})
		}
	}
	c.settle()
}

// done tells whether nothing of this final response is left to do.
func (f *final) done() bool { return f.alarm == nil }

func branch(m gosip.Message) string {
	b, _ := m.Via().Params.Get("branch")
	return b
}
