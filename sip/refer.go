package sip

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// referWithin bounds how long news of a transfer are waited for: somebody's telephone may be ringing.
const referWithin = 3 * time.Minute

// referral is a transfer that the peer was asked for (https://www.rfc-editor.org/rfc/rfc3515).
type referral struct {
	seq   uint32    // CSeq of the latest REFER, 0: there was none, and no NOTIFY is welcome
	until time.Time // it has no outcome, and gets one then; zero: none is under way
}

// sendRefer asks the peer to call somebody else. target is a URI, perhaps with a Replaces
// (https://www.rfc-editor.org/rfc/rfc5589#section-7).
func (l *leg) sendRefer(now time.Time, target string) {
	d := l.exchange.dialog
	switch {
	case d == nil || l.gone || l.exchange.machine.Ended():
		return
	case target == "":
		l.host.hear(Referred{Outcome: Outcome{Cause: NotFound, Trunk: l.trunk.Name, Detail: "target that cannot be sent"}})
		return
	case !l.referral.until.IsZero():
		l.host.hear(Referred{Outcome: Outcome{Cause: Rejected, Retryable: true, Trunk: l.trunk.Name, Detail: "another transfer is under way"}})
		return
	}
	l.referral.until = now.Add(referWithin)
	var seq uint32
	fill := func(req *gosip.Request) {
		seq = req.CSeq().SeqNo
		l.referral.seq = seq
		req.AppendHeader(l.contact(hopOf(req)))
		req.AppendHeader(gosip.NewHeader("Refer-To", "<"+target+">"))
		// https://www.rfc-editor.org/rfc/rfc3892#section-2.1
		req.AppendHeader(gosip.NewHeader("Referred-By", "<"+l.local.Address.String()+">"))
	}
	l.ask(d, gosip.REFER, fill, func(now time.Time, res *gosip.Response, kind invite.Kind) {
		if res != nil && res.IsSuccess() || l.referral.seq != seq {
			return // what comes of it is told by NOTIFY, perhaps already
		}
		why := refusalOf(res, kind)
		l.referred(Referred{Outcome: l.outcome(why), Called: res == nil})
		if ends(why) {
			l.host.quit(now, invite.DialogLost)
		}
	})
}

// referred ends the transfer.
func (l *leg) referred(r Referred) {
	if !l.referral.until.IsZero() {
		l.referral.until = time.Time{}
		l.host.hear(r)
	}
}

// notified takes the news of a transfer (https://www.rfc-editor.org/rfc/rfc3515#section-2.4.5).
func (l *leg) notified(req *gosip.Request, tx *gosip.ServerTx) {
	event, params, _ := strings.Cut(headerValue(req, "Event", "o"), ";")
	if l.referral.seq == 0 || !strings.EqualFold(strings.TrimSpace(event), "refer") {
		l.ua.serve(req, tx)
		return
	}
	l.ua.respond(req, tx, gosip.StatusOK, "OK")
	if l.referral.until.IsZero() || !l.referral.about(params) {
		return
	}
	status, phrase := sipfrag(req.Body())
	state, _, _ := strings.Cut(headerValue(req, "Subscription-State"), ";")
	over := strings.EqualFold(strings.TrimSpace(state), "terminated")
	switch {
	case status >= 300:
		l.referred(Referred{l.outcome(invite.Outcome{Kind: invite.Refused, Status: status, Phrase: phrase}), true})
	case status >= 200:
		l.referred(Referred{Outcome{Status: status, Phrase: phrase, Trunk: l.trunk.Name}, true})
	case over: // nobody will tell
		l.referred(Referred{Outcome{Cause: Unavailable, Retryable: true, Status: status, Phrase: phrase, Trunk: l.trunk.Name}, true})
	case status >= 100:
		l.host.hear(ReferProgress{Status: status})
	}
}

// about reports that news are of the latest REFER, whose CSeq is their id. The first one may go without
// (https://www.rfc-editor.org/rfc/rfc3515#section-2.4.6).
func (r *referral) about(params string) bool {
	for p := range strings.SplitSeq(params, ";") {
		if name, id, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "id") {
			return id == strconv.FormatUint(uint64(r.seq), 10)
		}
	}
	return true
}

// sipfrag reads the status line of a message/sipfrag (https://www.rfc-editor.org/rfc/rfc3420); 0: there is none.
func sipfrag(body []byte) (status int, phrase string) {
	line, _, _ := strings.Cut(string(body), "\n")
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "SIP/2.0 ")
	if !ok {
		return 0, ""
	}
	code, phrase, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 100 || status > 699 {
		return 0, ""
	}
	return status, phrase
}

// replacing is the Refer-To that has whoever gets it take the place of ours in the leg's dialog
// (https://www.rfc-editor.org/rfc/rfc3891#section-3): seen from the peer, whose tag is that of To.
func (l *leg) replacing() string {
	d := l.exchange.dialog
	if d == nil || l.gone || l.exchange.machine.Ended() {
		return ""
	}
	target := d.target.Clone()
	target.Headers = nil
	return target.String() + "?Replaces=" + url.QueryEscape(l.callID+";to-tag="+d.remoteTag+";from-tag="+l.localTag)
}

// referable is a URI, or a user of the trunk's, as it may be sent; empty: it may not.
func (l *leg) referable(callee string) string {
	if strings.Contains(callee, ":") {
		return targetOf(callee)
	}
	user, err := escapeUser(callee)
	if err != nil {
		return ""
	}
	target := l.trunk.uri(user)
	return target.String()
}

// targetOf is a URI as it may be sent; empty: it may not.
func targetOf(uri string) string {
	target, err := parseTarget(uri)
	if err != nil {
		return ""
	}
	return target.String()
}
