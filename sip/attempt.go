package sip

import (
	"crypto/rand"
	"errors"
	mrand "math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/offer"
	"tieline/sip/trunk"
)

// attempt executes what the pure machine decides about one INVITE through one trunk, and holds what a dialog is built
// from. The call's goroutine owns it; callID, localTag, call and trunk never change and may be read by anybody.
type attempt struct {
	// settings
	call     *Call
	trunk    *Trunk
	callID   string
	localTag string
	target   gosip.Uri // Request-URI
	next     string    // ip:port of the trunk
	body     []byte

	// out
	stopc chan struct{} // closed when the INVITE is not to be repeated any more: nobody wants its call
	donec chan struct{} // closed when nothing more of it can happen: its transactions end, too

	// state
	machine *invite.Client
	auth    credentials
	try     int            // the latest INVITE
	invite  *gosip.Request // and what was sent
	dialogs []*dialog      // one for each fork that answered with a 2xx
	answer  []byte         // body of the 2xx at hand
	session session
	fault   string // why the INVITE could not be sent
	gone    bool   // forgotten
}

// session numbers our descriptions (https://www.rfc-editor.org/rfc/rfc3264#section-8).
type session struct{ id, version uint64 }

func newAttempt(c *Call, t *Trunk) (*attempt, error) {
	addr, ok := c.ua.peers.trunk(t.Name)
	if !ok {
		return nil, errors.New("trunk has no address")
	}
	a := &attempt{
		call: c, trunk: t, next: addr.String(),
		callID: rand.Text(), localTag: newTag(), stopc: make(chan struct{}), donec: make(chan struct{}),
		auth:    credentials{username: t.Username, password: t.Password},
		session: session{id: uint64(mrand.Int64()), version: 1},
	}
	var err error
	if a.target, err = c.dial.target(t); err != nil {
		return nil, err
	}
	if a.body = c.dial.SDP; a.body == nil {
		if a.body, err = a.describe(); err != nil {
			return nil, err
		}
	}
	a.machine = invite.New(invite.Config{
		ProgressTimeout: orElse(c.dial.ProgressTimeout, t.ProgressTimeout),
		RingTimeout:     orElse(c.dial.RingTimeout, t.RingTimeout),
	})
	c.ua.table.put(a)
	return a, nil
}

// describe is our description of a call without media.
func (a *attempt) describe() ([]byte, error) { return offer.Parked(a.params()) }

func (a *attempt) params() offer.Params {
	host := strings.Trim(a.call.ua.advertised(a.trunk.Transport).host, "[]")
	return offer.Params{SessionID: a.session.id, Version: a.session.version, Host: host}
}

// forget takes the attempt out of the dialog table: nothing more of it can come.
func (a *attempt) forget() {
	if a.gone {
		return
	}
	a.gone = true
	a.call.ua.table.drop(a)
	close(a.donec)
	for _, d := range a.dialogs {
		d.release()
	}
	a.dialogs = nil
}

// step tells the machine and does what it says, in order.
func (a *attempt) step(now time.Time, in invite.Input) {
	for _, e := range a.machine.Step(now, in) {
		switch e := e.(type) {
		case invite.SendInvite:
			a.sendInvite(e)
		case invite.StopInvite:
			close(a.stopc)
		case invite.SendCancel:
			a.request(a.newCancel(), func(time.Time, *gosip.Response, error) {})
		case invite.SendAck:
			a.sendAck(e.ToTag)
		case invite.SendBye:
			a.sendBye(e)
		case invite.Progress:
			a.call.progressed(e)
		case invite.Answered:
			a.call.answered(Answered{Alerted: e.Alerted || a.call.alerted, SDP: a.answer, Trunk: a.trunk.Name})
		case invite.Ended:
			a.call.ended(Ended{ByRemote: e.Remote, Reason: e.Reason, Q850: trunk.Q850(e.Reason)})
		case invite.Failed:
			a.call.failed(now, a, e.Outcome)
		}
	}
}

func (a *attempt) sendInvite(e invite.SendInvite) {
	a.try = e.Try
	a.invite = a.newInvite(uint32(e.Try))
	if e.Auth {
		a.auth.sign(a.invite)
	}
	if err := a.fit(a.invite); err != nil {
		a.fault = err.Error()
		a.call.box.post(func(now time.Time) { a.step(now, invite.TransportFailed{Try: e.Try}) })
		return
	}
	a.request(a.invite, func(now time.Time, res *gosip.Response, err error) {
		switch {
		case err == nil:
			a.response(now, e.Try, res)
		case errors.Is(err, gosip.ErrTransactionTimeout):
			a.step(now, invite.TransactionTimeout{Try: e.Try})
		default:
			a.fault = transportFault(err)
			a.step(now, invite.TransportFailed{Try: e.Try})
		}
	})
}

// transportFault says why something could not be sent, without addresses.
func transportFault(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return "transport failed: " + op.Err.Error()
	}
	return "transport failed"
}

// response takes a response to the INVITE: 1xx and 2xx from observe, others from the transaction.
func (a *attempt) response(now time.Time, try int, res *gosip.Response) {
	if a.gone {
		return // it was on its way from observe
	}
	tag := toTag(res)
	if res.IsSuccess() {
		a.dialog(tag).confirm(res)
		a.answer = res.Body()
	}
	a.step(now, invite.Response{
		Try: try, Status: res.StatusCode, Phrase: res.Reason, ToTag: tag,
		Reason: headerValue(res, "Reason"), RetryAfter: retryAfter(res), Challenge: a.auth.learn(res),
	})
	a.answer = nil
}

func (a *attempt) sendAck(tag string) {
	d := a.dialog(tag)
	ack := d.request(gosip.ACK, d.inviteSeq)
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		// https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4
		gosip.CopyHeaders(name, a.invite, ack)
	}
	if a.fit(ack) == nil {
		a.call.ua.write(ack)
	}
}

func (a *attempt) sendBye(e invite.SendBye) {
	d := a.dialog(e.ToTag)
	d.seq++
	bye := d.request(gosip.BYE, d.seq)
	if e.Auth {
		a.auth.sign(bye)
	}
	_ = a.fit(bye) // where it fails, sending does, too
	a.request(bye, func(now time.Time, res *gosip.Response, err error) {
		in := invite.ByeResponse{ToTag: e.ToTag}
		if err == nil {
			in.Status, in.Challenge = res.StatusCode, a.auth.learn(res)
		}
		a.step(now, in)
	})
}

// dialog finds or begins the dialog of a fork.
func (a *attempt) dialog(tag string) *dialog {
	for _, d := range a.dialogs {
		if d.remoteTag == tag {
			return d
		}
	}
	d := newDialog(a, tag)
	a.dialogs = append(a.dialogs, d)
	return d
}

// retryAfter reads a Retry-After header: seconds, perhaps followed by a comment or parameters
// (https://www.rfc-editor.org/rfc/rfc3261#section-20.33).
func retryAfter(res *gosip.Response) time.Duration {
	digits := strings.TrimSpace(headerValue(res, "Retry-After"))
	if end := strings.IndexAny(digits, " \t(;"); end >= 0 {
		digits = digits[:end]
	}
	seconds, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func orElse(d, other time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return other
}

// newTag is unguessable: nobody who has not seen our messages can end our dialogs.
func newTag() string { return rand.Text()[:16] }
