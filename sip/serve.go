package sip

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/offer"
)

// Timers of 2xx to re-INVITE (https://www.rfc-editor.org/rfc/rfc3261#section-13.3.1.4).
const (
	t1 = 500 * time.Millisecond
	t2 = 4 * time.Second
)

// answer is a 2xx of ours to a re-INVITE: ours to repeat until its ACK comes.
type answer struct {
	tx       *gosip.ServerTx
	res      *gosip.Response
	seq      uint32
	interval time.Duration
	next     time.Time
	until    time.Time
}

// onRequest takes a request in a goroutine of sipgo's and finds its owner.
func (u *UserAgent) onRequest(req *gosip.Request, tx *gosip.ServerTx) {
	if no := flawed(req); no != nil {
		u.refuse(req, tx, no)
		return
	}
	if at := arrivalOf(req); at != nil {
		u.invited(req, tx, at)
		return
	}
	o := u.table.find(req, toTag(req))
	if req.Method == gosip.ACK || o == nil || !o.post(func(now time.Time) { o.serve(now, req, tx) }) {
		u.serve(req, tx)
	}
}

// serve answers a request outside of any dialog of ours.
func (u *UserAgent) serve(req *gosip.Request, tx *gosip.ServerTx) {
	if outside(req) {
		if no := u.doorman.challenges(time.Now(), req, u.trunks[u.peers.at(req.Source())]); no != nil {
			u.refuse(req, tx, no)
			return
		}
	}
	switch req.Method {
	case gosip.ACK: // observe has seen it
		tx.Terminate()
	case gosip.OPTIONS:
		u.options(req, tx)
	case gosip.INVITE, gosip.BYE, gosip.CANCEL, gosip.UPDATE, gosip.INFO, gosip.NOTIFY, gosip.PRACK:
		// The dialog, transaction or subscription that these need is not there.
		u.respond(req, tx, gosip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
	default:
		u.respond(req, tx, gosip.StatusMethodNotAllowed, "Method Not Allowed")
	}
}

// refuse sends what is wrong with a request. Nothing answers an ACK.
func (u *UserAgent) refuse(req *gosip.Request, tx *gosip.ServerTx, no *refusal) {
	if req.Method == gosip.ACK {
		tx.Terminate()
		return
	}
	u.respond(req, tx, no.status, no.phrase, no.headers...)
}

// respond sends a response without a body.
func (u *UserAgent) respond(req *gosip.Request, tx *gosip.ServerTx, status int, phrase string, hs ...gosip.Header) {
	res := gosip.NewResponseFromRequest(req, status, phrase, nil)
	for _, h := range hs {
		res.AppendHeader(h)
	}
	u.finish(tx, res)
}

func (u *UserAgent) finish(tx *gosip.ServerTx, res *gosip.Response) {
	if res.StatusCode == gosip.StatusMethodNotAllowed || res.StatusCode == gosip.StatusOK {
		res.AppendHeader(gosip.NewHeader("Allow", allow))
	}
	if err := tx.Respond(res); err != nil {
		u.unsent("response not sent")
	}
	if res.IsCancel() { // sipgo's transaction has not noticed: it would never end, and answer no copy
		tx.Terminate()
	}
}

// serve answers a request inside one of the attempt's dialogs, in the call's goroutine.
func (a *attempt) serve(now time.Time, req *gosip.Request, tx *gosip.ServerTx) {
	d := a.known(fromTag(req))
	if d != nil && !d.inOrder(req, tx) || a.ua.extended(req, tx, a.trunk) {
		return
	}
	switch {
	case req.Method == gosip.BYE:
		a.ua.respond(req, tx, gosip.StatusOK, "OK")
		a.step(now, invite.PeerBye{ToTag: fromTag(req), Reason: headerValue(req, "Reason")})
	case d != nil && a.call.verdict == answered && (req.Method == gosip.INVITE || req.Method == gosip.UPDATE):
		a.renew(now, d, req, tx)
	case d != nil && req.Method == gosip.NOTIFY:
		a.notified(req, tx)
	case d != nil && req.Method == gosip.INFO:
		a.info(req, tx)
	case d != nil && req.Method == gosip.OPTIONS:
		a.ua.capabilities(req, tx)
	case a.call.verdict == open && req.Method == gosip.UPDATE:
		a.early(d, req, tx)
	default:
		a.ua.serve(req, tx)
	}
}

// acknowledged takes an ACK, in the call's goroutine.
func (a *attempt) acknowledged(now time.Time, ack *gosip.Request) { a.settled(now, ack) }

// inOrder notes the CSeq of a request of the peer's and refuses one that comes late
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.2).
func (d *dialog) inOrder(req *gosip.Request, tx *gosip.ServerTx) bool {
	if req.CSeq().SeqNo < d.remoteSeq {
		d.leg.ua.respond(req, tx, gosip.StatusInternalServerError, "CSeq Out Of Order")
		return false
	}
	if req.Method != gosip.CANCEL {
		d.remoteSeq = req.CSeq().SeqNo
	}
	return true
}

// early answers an UPDATE before the call is answered: news of the callee, or a new target, which need no description. One
// with an offer has to wait for the answer to ours (https://www.rfc-editor.org/rfc/rfc3311#section-5.2), which only a
// reliable response brings before the call is answered.
func (a *attempt) early(d *dialog, req *gosip.Request, tx *gosip.ServerTx) {
	u := a.ua
	var body []byte
	switch theirs := req.Body(); {
	case len(theirs) == 0:
	case d == nil || d.said == "" || a.passing() && a.call.dial.Delayed:
		u.respond(req, tx, gosip.StatusRequestPending, "Request Pending")
		return
	case !plainSDP(req):
		u.respond(req, tx, gosip.StatusUnsupportedMediaType, "Unsupported Media Type", gosip.NewHeader("Accept", acceptable))
		return
	default:
		answer, err := a.earlyAnswer(theirs)
		if err != nil {
			u.respond(req, tx, gosip.StatusNotAcceptableHere, "Not Acceptable Here", u.warning(err))
			return
		}
		body, d.said = a.own(answer), string(theirs)
		if a.passing() {
			a.preview = d.said
			a.call.early(d.said)
		}
	}
	if d != nil {
		d.refresh(req)
	}
	res := gosip.NewResponseFromRequest(req, gosip.StatusOK, "OK", nil)
	res.AppendHeader(a.contact(hopTo(req)))
	appendAll(res, a.trunk.supported())
	describe(res, body)
	u.finish(tx, res)
}

// passing reports that the media are somebody else's.
func (a *attempt) passing() bool { return a.call.dial.PassOffers || a.call.dial.SDP != nil }

// earlyAnswer answers an offer before the call is answered. Whose media they are has said already what it can do: it is not
// asked, but hears of the offer as of any early description. The offer must not bring new streams, for which it has said nothing.
func (a *attempt) earlyAnswer(theirs []byte) ([]byte, error) {
	if !a.passing() {
		return a.match(theirs)
	}
	ours, err := offer.Parse(a.body)
	if err != nil {
		return nil, err
	}
	offered, err := offer.Parse(theirs)
	if err != nil {
		return nil, err
	}
	if offered.Streams() != ours.Streams() {
		return nil, offer.ErrNothingFits
	}
	answer, err := ours.Answering(offered)
	if err != nil {
		return nil, err
	}
	return answer.Bytes(), nil
}

func (u *UserAgent) finishAgain(w *answer) {
	if err := w.tx.Respond(w.res); err != nil {
		u.unsent("200 not repeated")
	}
}
