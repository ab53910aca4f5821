package siptest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// A Behaviour is what a number does with a call: provisional responses, then a final one, then perhaps a BYE.
type Behaviour struct {
	// Silent does nothing at all; CANCEL is still obeyed.
	Silent bool
	// Ring are the provisional responses, sent together RingAfter the INVITE. Where the first response takes 200 ms or
	// more, 100 goes ahead of it.
	Ring      []int
	RingAfter time.Duration
	// Status is the final response, sent After the ringing. 0: it rings until CANCEL.
	Status int
	After  time.Duration
	// Phrase is the final response's; "" takes the usual one.
	Phrase string
	// Reason is a Reason header (RFC 3326) of the final response or the BYE, such as `Q.850;cause=17`; "" none.
	Reason string
	// RetryAfter is a Retry-After header of the final response in seconds; 0 none.
	RetryAfter int
	// Contact is where a 3xx sends the caller, such as "sip:600@192.0.2.10:5060"; behind a final "@" the PBX puts its
	// own address.
	Contact string
	// Port is where the call's media are received, so that they can be told from those of others; 0: as the [Config] has it.
	Port int
	// HangupAfter sends BYE so long after the ACK; 0 never.
	HangupAfter time.Duration
	// HangupAtOnce sends BYE right behind the 200, without waiting for the ACK.
	HangupAtOnce bool
}

// Numbers is the table that demo, bench and tests share: 600 rings after ringAfter and answers answerAfter later.
//
//	600 answers        601 486 busy       602 rings for ever   603 603 decline    604 404 not found
//	605 480            606 503            607 488              608 silence        609 200 without 1xx
//	610 183, then 200  611 answers, hangs up after 3 s         612 302 to 600
func Numbers(ringAfter, answerAfter time.Duration) map[string]Behaviour {
	answers := Behaviour{Ring: []int{180}, RingAfter: ringAfter, Status: 200, After: answerAfter}
	early, short := answers, answers
	early.Ring = []int{183}
	short.HangupAfter = 3 * time.Second
	return map[string]Behaviour{
		"600": answers,
		"601": {Status: 486, Reason: "Q.850;cause=17"},
		"602": {Ring: []int{180}, RingAfter: ringAfter},
		"603": {Status: 603},
		"604": {Status: 404},
		"605": {Status: 480},
		"606": {Status: 503},
		"607": {Status: 488},
		"608": {Silent: true},
		"609": {Status: 200},
		"610": early,
		"611": short,
		"612": {Status: 302, Contact: "sip:600@"},
	}
}

// perform starts a behaviour on a call just come in. p.mu is held.
func (c *Call) perform(b Behaviour) {
	c.behaviour = b
	if b.Port != 0 {
		c.port = b.Port
	}
	if b.Silent {
		return
	}
	first := b.RingAfter
	if len(b.Ring) == 0 {
		first = b.After
	}
	if first >= 200*time.Millisecond {
		c.respond(c.first, Reply(100, ""))
	}
	c.wait(b.RingAfter, c.ring)
}

// wait runs f after d, at once when d is 0, unless the call is over by then. p.mu is held.
func (c *Call) wait(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	c.next = c.pbx.agenda.after(d, f)
}

func (c *Call) ring() {
	if c.first.status != 0 {
		return
	}
	for _, status := range c.behaviour.Ring {
		c.respond(c.first, Reply(status, ""))
	}
	if c.behaviour.Status != 0 {
		c.wait(c.behaviour.After, c.conclude)
	}
}

func (c *Call) conclude() {
	b := c.behaviour
	if c.first.status != 0 {
		return
	}
	c.respond(c.first, Reply(b.Status, b.Phrase, b.headers(c.pbx.Address())...))
	if d := c.dialog(c.tag); b.HangupAtOnce && d != nil && d.live() {
		c.hangup(d)
	}
}

// headers are those of the final response.
func (b Behaviour) headers(address string) []Option {
	var opts []Option
	if b.Reason != "" && b.Status >= 300 {
		opts = append(opts, Header("Reason", b.Reason))
	}
	if b.RetryAfter > 0 {
		opts = append(opts, Header("Retry-After", strconv.Itoa(b.RetryAfter)))
	}
	switch {
	case strings.HasSuffix(b.Contact, "@"):
		opts = append(opts, Contact(b.Contact+address))
	case b.Contact != "":
		opts = append(opts, Contact(b.Contact))
	}
	return opts
}

// hangup sends the behaviour's BYE in a dialog. p.mu is held.
func (c *Call) hangup(d *dialog) {
	if c.behaviour.Reason != "" {
		c.bye(d, Header("Reason", c.behaviour.Reason))
		return
	}
	c.bye(d)
}

func (m Manners) answers(method gosip.RequestMethod) bool {
	return !slices.Contains(m.Unanswered, method)
}
