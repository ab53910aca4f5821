package sip

import (
	"errors"
	"slices"
	"strconv"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// peerRequest is an INVITE of the peer's inside the dialog, or an UPDATE with an offer, that has no response yet.
type peerRequest struct {
	req  *gosip.Request
	tx   *gosip.ServerTx
	body []byte // of the 2xx, but for its o=, where nobody has to be asked
}

// renew takes a re-INVITE or UPDATE of an answered call: a session refresh, a hold, a new target.
func (l *leg) renew(now time.Time, d *dialog, req *gosip.Request, tx *gosip.ServerTx) {
	u, x := l.ua, &l.exchange
	switch {
	case d != x.dialog: // of a fork that is being hung up
		u.serve(req, tx)
		return
	case len(req.Body()) > 0 && !plainSDP(req):
		u.respond(req, tx, gosip.StatusUnsupportedMediaType, "Unsupported Media Type", gosip.NewHeader("Accept", acceptable))
		return
	}
	if no := l.trunk.tooBrief(req); no != nil {
		u.respond(req, tx, no.status, no.phrase, no.headers...)
		return
	}
	if req.Method == gosip.UPDATE && len(req.Body()) == 0 {
		d.refresh(req)
		u.finish(tx, l.agreeing(now, req))
		return
	}
	body, err := l.reply(req)
	if err != nil {
		u.respond(req, tx, gosip.StatusNotAcceptableHere, "Not Acceptable Here", u.warning(err))
		return
	}
	seq := req.CSeq().SeqNo
	x.requests = append(x.requests, peerRequest{req, tx, body})
	if body == nil && req.Method == gosip.INVITE {
		l.listen(seq, tx)
	}
	l.exchanged(now, invite.PeerOffer{Seq: seq, Invite: req.Method == gosip.INVITE, SDP: string(req.Body()), Local: body != nil})
}

// reply is the description that a re-INVITE or UPDATE is answered with on the spot, but for its o=: the one at hand where the
// peer says nothing new (https://www.rfc-editor.org/rfc/rfc3264#section-8), otherwise one without media but perhaps our digits;
// nil where the peer's offers are passed on.
func (l *leg) reply(req *gosip.Request) ([]byte, error) {
	x := &l.exchange
	switch {
	case x.last.theirs != "" && x.last.theirs == string(req.Body()):
		return []byte(x.last.ours), nil
	case x.pass:
		return nil, nil
	}
	if len(req.Body()) == 0 {
		return l.describe()
	}
	return l.match(req.Body())
}

// listen tells the machine when the peer cancels its INVITE; sipgo's transaction answers both.
func (l *leg) listen(seq uint32, tx *gosip.ServerTx) {
	cancelled := func() {
		l.post(func(now time.Time) {
			_ = tx.Err() // returns once the transaction has sent its 487
			l.exchanged(now, invite.Withdrawn{Seq: seq})
		})
	}
	if !tx.OnCancel(func(*gosip.Request) { cancelled() }) && errors.Is(tx.Err(), gosip.ErrTransactionCanceled) {
		cancelled()
	}
}

// take returns a request of the peer's that gets its final response now.
func (x *exchange) take(seq uint32) (r peerRequest, ok bool) {
	i := slices.IndexFunc(x.requests, func(r peerRequest) bool { return r.req.CSeq().SeqNo == seq })
	if i < 0 {
		return r, false
	}
	r = x.requests[i]
	x.requests = slices.Delete(x.requests, i, i+1)
	return r, true
}

func (l *leg) sendTrying(seq uint32) {
	for _, r := range l.exchange.requests {
		if r.req.CSeq().SeqNo == seq {
			l.ua.finish(r.tx, gosip.NewResponseFromRequest(r.req, gosip.StatusTrying, "Trying", nil))
		}
	}
}

// acceptOffer sends the 2xx (https://www.rfc-editor.org/rfc/rfc3261#section-14.2,
// https://www.rfc-editor.org/rfc/rfc3311#section-5.2).
func (l *leg) acceptOffer(now time.Time, e invite.AcceptOffer) {
	x := &l.exchange
	r, ok := x.take(e.Seq)
	if !ok {
		return
	}
	body := r.body
	if !e.Local {
		body = []byte(e.SDP)
	}
	body = l.own(body)
	l.session.agreed = string(body)
	switch theirs := string(r.req.Body()); {
	case !e.Local:
		x.ours, l.events.ours = string(body), false
		l.owes = owes{} // and with that it has what it was to have
		if theirs != "" {
			x.last = pair{x.ours, theirs}
		}
	case !l.events.ours:
	case theirs == "":
		x.last.ours, x.asking = string(body), e.Seq
	default:
		x.last = pair{string(body), theirs}
		defer l.attune(now)
	}
	x.dialog.refresh(r.req)
	res := l.agreeing(now, r.req)
	describe(res, body)
	l.ua.finish(r.tx, res)
	if r.req.Method == gosip.INVITE {
		l.owed = append(l.owed, &answer{
			tx: r.tx, res: res, seq: e.Seq, interval: t1, next: now.Add(t1), until: now.Add(64 * t1),
		})
	}
}

// agreeing is a 2xx to an INVITE or UPDATE inside the dialog, but for its description.
func (l *leg) agreeing(now time.Time, req *gosip.Request) *gosip.Response {
	res := gosip.NewResponseFromRequest(req, gosip.StatusOK, "OK", nil)
	res.AppendHeader(l.contact(hopTo(req)))
	appendAll(res, l.trunk.supported())
	l.granted(now, req, res)
	return res
}

func (l *leg) refuseOffer(e invite.RefuseOffer) {
	r, ok := l.exchange.take(e.Seq)
	if !ok {
		return
	}
	var hs []gosip.Header
	if e.Later >= 0 {
		hs = append(hs, gosip.NewHeader("Retry-After", strconv.Itoa(int(e.Later/time.Second))))
	}
	l.ua.respond(r.req, r.tx, e.Status, e.Phrase, hs...)
}

// withdrawn takes that the peer has cancelled its INVITE.
func (l *leg) withdrawn(seq uint32) {
	l.exchange.take(seq)
	l.stopRepeating(seq)
}
