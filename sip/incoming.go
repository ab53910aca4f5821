package sip

import (
	"bytes"
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/offer"
	"tieline/sip/trunk"
)

// Incoming is a call that a trunk has placed, and what became of it. Its methods may be called from anywhere, any
// number of times and in any state, and return at once; one that comes too late is without effect.
//
// Its events: exactly one [Failed] if it ends before it was answered, or exactly one [Answered], when the caller has
// acknowledged our answer, and then exactly one [Ended]. Failed has the Cause
//
//   - Cancelled and Status 487 where the caller gave up, with the Reason of its CANCEL or BYE;
//   - Cancelled and the Status that was sent after Refuse or Hangup; 200 where the answer was sent already, but not
//     acknowledged, by whoever of the two hung up;
//   - IncompatibleMedia and Status 488 where Answer found nothing in the caller's offer that fits;
//   - NoAnswer and Status 487 where nobody answered before the caller's Expires, or for 10 minutes;
//   - Network where the answer was never acknowledged, or the caller's connection broke.
type Incoming struct {
	leg

	// settings
	id         string
	invitation Invitation
	key        invitationKey
	branch     string
	body       []byte // our answer or offer, but for its o=; nil: no answer without media fits
	report     func(Event)

	// in
	inbox mailbox
	tx    *gosip.ServerTx // of the INVITE; nil once the caller has acknowledged its end
	req   *gosip.Request  // the INVITE, as long as tx

	// out
	ended chan struct{} // closed when nothing more of it can happen

	// state, owned by run
	machine *invite.Server
	verdict verdict
	last    *gosip.Response // to the INVITE, as long as tx
	theirs  []byte          // the caller's description, until it was told
	joined  bool            // our description is a third party's
	silent  bool            // no provisional response beyond 100
	pracks  []peerRequest   // that have no response, while the machine is asked
	leaving bool            // the user agent stops: late copies are no longer waited for
}

// longestRinging bounds how long a call may wait for its answer: a caller that has died cannot say so, and over UDP
// nothing else does.
const longestRinging = 10 * time.Minute

// ID is unique, and ours; [TraceEvent.Call] of the call's messages.
func (c *Incoming) ID() string { return c.id }

// Invitation is what the caller wants.
func (c *Incoming) Invitation() Invitation { return c.invitation }

// Ring tells the caller that the callee's telephone rings.
func (c *Incoming) Ring() { c.input(invite.Ring{}) }

// Answer takes the call, without media; see AnswerWith. Where nothing in the caller's offer fits a call without media, the
// call is refused with 488.
func (c *Incoming) Answer() { c.AnswerWith(nil) }

// Refuse refuses the call.
func (c *Incoming) Refuse(r Refusal) { c.input(r.input()) }

// Hangup ends the call whatever its state: 480 before the answer, BYE after it, at the earliest when the caller has
// acknowledged the answer, or can no longer be expected to.
func (c *Incoming) Hangup() { c.input(invite.Hangup{}) }

// Done is closed when nothing more of the call can happen, its clean-up included.
func (c *Incoming) Done() <-chan struct{} { return c.ended }

func (c *Incoming) input(in invite.ServerInput) {
	c.post(func(now time.Time) { c.step(now, in) })
}

// newIncoming reads everything that is ever needed of the INVITE. The error says that its description is none; whether
// something in it fits is only known when it is answered.
func newIncoming(u *UserAgent, req *gosip.Request, tx *gosip.ServerTx, t *Trunk, at *arrival) (*Incoming, error) {
	c := &Incoming{id: at.id, branch: strings.Clone(branch(req)), tx: tx, req: req, ended: make(chan struct{})}
	c.inbox.wakec = make(chan struct{}, 1)
	c.leg = newLeg(u, t, &c.inbox)
	c.key, _ = newInvitationKey(req)
	c.callID, c.localTag = c.key.callID, at.tag
	c.network, c.sips = gosip.NetworkToLower(req.Transport()), safe(req)
	c.next = u.peers.back(t, req.Source())
	var err error
	if len(req.Body()) == 0 {
		c.body, err = c.describe()
	} else {
		c.theirs = bytes.Clone(req.Body())
		c.body, err = c.match(c.theirs)
	}
	if err != nil && !errors.Is(err, offer.ErrNothingFits) {
		return nil, err
	}
	c.local, c.remote = parties(req)
	c.invitation = readInvitation(req, t.Trusted)
	c.invitation.Trunk, c.invitation.SDP = t.Name, c.theirs
	c.invitation.Headers, c.invitation.TraceParent = taken(req, t.HeadersIn), at.trace
	if own := t.accountUser(); own != "" && c.invitation.Called == own { // the trunk's, which is nobody's telephone
		c.invitation.Called = cmp.Or(c.invitation.Dialled, own)
	}
	c.dialogs = []*dialog{newPeersDialog(&c.leg, req)}
	c.host = c
	c.exchange.start(u, c.dialogs[0], false)
	expires := seconds(headerValue(req, "Expires"))
	if expires == 0 || expires > longestRinging {
		expires = longestRinging
	}
	var reliably bool
	reliably, c.silent = t.reliance(req)
	c.machine = invite.NewServer(invite.ServerConfig{Expires: expires, Reliable: reliably})
	return c, nil
}

// parties are From and To of our requests: the caller's To and From (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1).
func parties(req *gosip.Request) (gosip.FromHeader, gosip.ToHeader) {
	from, to := req.From(), req.To()
	remote := gosip.ToHeader{DisplayName: strings.Clone(from.DisplayName), Address: *cloneURI(from.Address), Params: from.Params.Clone()}
	remote.Params.Remove("tag")
	local := gosip.FromHeader{DisplayName: strings.Clone(to.DisplayName), Address: *cloneURI(to.Address), Params: to.Params.Clone()}
	return local, remote
}

// listen makes sipgo's transaction tell of its CANCEL and of its end.
func (c *Incoming) listen() {
	tx := c.tx
	told := tx.OnCancel(func(r *gosip.Request) {
		in := invite.PeerCancel{Reason: strings.Clone(headerValue(r, "Reason"))}
		c.post(func(now time.Time) {
			_ = tx.Err() // returns once the transaction has sent its 487
			c.step(now, in)
		})
	})
	if !told && errors.Is(tx.Err(), gosip.ErrTransactionCanceled) {
		c.input(invite.PeerCancel{})
	}
	gone := func(string, error) { c.input(invite.TransportFailed{}) }
	if !c.tx.OnTerminate(gone) {
		gone("", nil)
	}
}

// run owns the call from the INVITE to the last clean-up.
func (c *Incoming) run() {
	defer c.ua.dismiss(c)
	defer close(c.ended)
	c.ua.play(c, &c.inbox)
}

func (c *Incoming) begin(time.Time) {} // it has begun: its INVITE is here

func (c *Incoming) due() time.Time { return sooner(c.machine.Deadline(), c.leg.due()) }

func (c *Incoming) tick(now time.Time) {
	if d := c.machine.Deadline(); !d.IsZero() && !d.After(now) {
		c.step(now, invite.Tick{})
	}
	if !c.resend(now) {
		c.step(now, invite.Hangup{Reason: invite.NeverAcked})
	}
}

func (c *Incoming) over() bool {
	return c.verdict == closed && (c.gone || c.machine.Done() && c.quiet() || c.leaving && c.pending == 0 && !c.machine.Pending())
}

func (c *Incoming) leave() {
	c.post(func(now time.Time) {
		c.leaving = true
		c.step(now, invite.Hangup{Reason: invite.ShuttingDown})
	})
}

// abandon reports what is still owed and forgets the rest.
func (c *Incoming) abandon() {
	switch c.verdict {
	case open:
		c.fail(Outcome{Cause: Cancelled, Retryable: true, Trunk: c.trunk.Name, Detail: "shutting down"})
	case answered:
		c.end(Ended{})
	}
	c.forget()
}

// forget takes the call out of the tables.
func (c *Incoming) forget() {
	if c.close() {
		c.ua.table.dismiss(c)
	}
}

// name is what traces call it.
func (c *Incoming) name() string { return c.id }

func (c *Incoming) trace() string { return c.invitation.TraceParent }

// step tells the machine and does what it says, in order.
func (c *Incoming) step(now time.Time, in invite.ServerInput) {
	if _, rings := in.(invite.Ring); c.gone || rings && c.silent {
		return
	}
	for _, e := range c.machine.Step(now, in) {
		switch e := e.(type) {
		case invite.SendProvisional:
			c.provisional(e)
		case invite.AnswerPrack:
			c.answerPrack(e)
		case invite.SendAnswer:
			c.accept(now, e.Again)
		case invite.SendRefusal:
			c.decline(e)
		case invite.SendBye:
			c.sendBye(c.dialogs[0], e, func(now time.Time, in invite.ByeResponse) { c.step(now, in) })
		case invite.Answered:
			c.verdict = answered
			c.agree()
			c.report(Answered{Alerted: e.Alerted, SDP: c.theirs, Trunk: c.trunk.Name})
			c.settle()
			c.exchanged(now, invite.Confirmed{})
		case invite.Ended:
			c.exchanged(now, invite.Over{})
			c.end(Ended{ByRemote: e.Remote, Reason: e.Reason, Q850: trunk.Q850(e.Reason)})
		case invite.Failed:
			c.exchanged(now, invite.Over{})
			c.fail(c.failure(e.Outcome))
		}
	}
}

// agree notes down what both sides have agreed on, where it is more than a parked call.
func (c *Incoming) agree() {
	c.events.ours = c.events.ours && !c.joined
	if c.exchange.pass || c.joined || c.events.ours {
		c.exchange.last = pair{string(c.body), string(c.theirs)}
	}
}

// hear reports what happens while the call is answered.
func (c *Incoming) hear(e Event) {
	if c.verdict == answered {
		c.report(e)
	}
}

// quit hangs up.
func (c *Incoming) quit(now time.Time, why invite.Reason) { c.step(now, invite.Hangup{Reason: why}) }

func (c *Incoming) failure(o invite.Outcome) Outcome {
	out := Outcome{
		Cause: Cancelled, Status: o.Status, Phrase: o.Phrase, Reason: o.Reason, Q850: trunk.Q850(o.Reason),
		RetryAfter: o.RetryAfter, Trunk: c.trunk.Name, Alerted: o.Alerted,
	}
	switch o.Kind {
	case invite.Expired:
		out.Cause = NoAnswer
	case invite.Unfit:
		out.Cause = IncompatibleMedia
	case invite.Unacknowledged, invite.Transport:
		out.Cause = Network
	}
	return out
}

func (c *Incoming) fail(o Outcome) {
	if c.verdict == open {
		c.verdict, c.theirs = closed, nil
		c.ua.leave(c.trunk.Name)
		c.report(Failed{o})
	}
}

func (c *Incoming) end(e Ended) {
	if c.verdict == answered {
		c.verdict = closed
		c.ua.leave(c.trunk.Name)
		c.report(e)
	}
}

// settle drops what only the INVITE's transaction needed: a call may be long, and messages are large.
func (c *Incoming) settle() { c.tx, c.req, c.last, c.theirs, c.body = nil, nil, nil, nil, nil }

// seconds reads a header value in seconds, perhaps followed by a comment or parameters; 0: none.
func seconds(value string) time.Duration {
	digits := strings.TrimSpace(value)
	if end := strings.IndexAny(digits, " \t(;"); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
