package sip

import (
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// SessionTimer is what we want of session timers (https://www.rfc-editor.org/rfc/rfc4028) in calls with a trunk.
type SessionTimer struct {
	Expires   time.Duration // what we ask for; 0: we take no part
	Min       time.Duration // what we take at least; below 90 s counts as that
	Refresher Refresher     // our wish, where the peer has none
}

// Refresher is who refreshes sessions.
type Refresher = invite.Refresher

// The refreshers.
const (
	Anybody   = invite.Anybody
	WeRefresh = invite.Us
	PeerDoes  = invite.Peer
)

// terms reads what a message of the peer's says of the session timer. The refresher is named by its part in the request:
// theirs says that it is the peer's.
func terms(msg gosip.Message, theirs bool) invite.Terms {
	t := invite.Terms{Min: seconds(headerValue(msg, "Min-SE"))}
	for _, tag := range optionTags(msg, "Supported", "k", "Require") {
		t.Supported = t.Supported || tag == "timer"
	}
	value := headerValue(msg, "Session-Expires", "x")
	t.Expires = seconds(value)
	for param := range strings.SplitSeq(value, ";") {
		name, who, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "refresher") {
			continue
		}
		switch uac := strings.EqualFold(strings.TrimSpace(who), "uac"); {
		case uac == theirs:
			t.Refresher = invite.Peer
		default:
			t.Refresher = invite.Us
		}
	}
	return t
}

// lasting puts what our INVITE or UPDATE says of the session timer into it. We are its UAC.
func (l *leg) lasting(req *gosip.Request) {
	ask := l.timer.Ask()
	if ask.Expires == 0 {
		return
	}
	appendExpires(req, ask, map[invite.Refresher]string{invite.Us: "uac", invite.Peer: "uas"})
	if ask.Min > 90*time.Second { // what it stands for otherwise
		req.AppendHeader(gosip.NewHeader("Min-SE", inSeconds(ask.Min)))
	}
}

func appendExpires(msg gosip.Message, t invite.Terms, role map[invite.Refresher]string) {
	value := inSeconds(t.Expires)
	if r := role[t.Refresher]; r != "" {
		value += ";refresher=" + r
	}
	msg.AppendHeader(gosip.NewHeader("Session-Expires", value))
}

// inSeconds is a whole number of seconds, rounded up.
func inSeconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// granted puts into our 2xx what holds from now on. Who has to refresh must know the extension: only then may it be
// required (https://www.rfc-editor.org/rfc/rfc4028#section-9).
func (l *leg) granted(now time.Time, req *gosip.Request, res *gosip.Response) {
	t := l.timer.Accept(now, terms(req, true))
	if t.Expires == 0 {
		return
	}
	appendExpires(res, t, map[invite.Refresher]string{invite.Us: "uas", invite.Peer: "uac"})
	if t.Refresher == invite.Peer {
		res.AppendHeader(gosip.NewHeader("Require", "timer"))
	}
}

// tooBrief is the refusal of an INVITE or UPDATE whose session would expire too soon; nil: it would not.
func (t *Trunk) tooBrief(req *gosip.Request) *refusal {
	timer := invite.NewTimer(invite.TimerConfig(t.SessionTimer))
	if timer.Fair(terms(req, true)) {
		return nil
	}
	return &refusal{422, "Session Interval Too Small", []gosip.Header{gosip.NewHeader("Min-SE", inSeconds(timer.Least()))}}
}

// adjusted reports that a 422 is worth another try.
func (l *leg) adjusted(res *gosip.Response) bool {
	return res.StatusCode == 422 && l.timer.TooBrief(seconds(headerValue(res, "Min-SE")))
}

// keepAlive does what the session timer wants at now.
func (l *leg) keepAlive(now time.Time) {
	switch l.timer.Step(now) {
	case invite.Refresh:
		l.refresh()
	case invite.Expire:
		l.host.quit(now, invite.SessionExpired)
	case invite.Wait:
	}
}

// refresh says that we are still there: by UPDATE, which leaves the descriptions alone, where the peer takes that
// (https://www.rfc-editor.org/rfc/rfc4028#section-7.4), else by offering again what was agreed.
func (l *leg) refresh() {
	d := l.exchange.dialog
	if !d.updates {
		l.post(func(now time.Time) { l.exchanged(now, invite.Renew{}) })
		return
	}
	l.ask(d, gosip.UPDATE, func(req *gosip.Request) {
		req.AppendHeader(l.contact(hopOf(req)))
		appendAll(req, l.trunk.supported())
		l.lasting(req)
	}, func(now time.Time, res *gosip.Response, kind invite.Kind) {
		if l.gone || l.exchange.machine.Ended() {
			return
		}
		switch o := refusalOf(res, kind); {
		case res != nil && res.IsSuccess():
			d.refresh(res)
			l.timer.Agreed(now, terms(res, false))
		case res != nil && l.adjusted(res):
			l.refresh()
		case o.Status == gosip.StatusMethodNotAllowed || o.Status == gosip.StatusNotImplemented:
			d.updates = false
			l.refresh()
		default:
			l.unrefreshed(now, o, 0)
		}
	})
}

// unrefreshed takes that a refresh came to nothing. Who does not know the call any more, or says nothing, has left it
// (https://www.rfc-editor.org/rfc/rfc4028#section-10).
func (l *leg) unrefreshed(now time.Time, o invite.Outcome, again time.Duration) {
	if ends(o) {
		l.host.quit(now, invite.DialogLost)
		return
	}
	l.timer.Failed(now, again)
}

func appendAll(msg gosip.Message, hs []gosip.Header) {
	for _, h := range hs {
		msg.AppendHeader(h)
	}
}
