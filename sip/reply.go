package sip

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/offer"
)

// provisional sends a 1xx. Beyond 100 it begins the early dialog
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1).
func (c *Incoming) provisional(e invite.SendProvisional) {
	if e.Again {
		c.respond(c.last)
		return
	}
	status := e.Status
	if c.silent {
		status = gosip.StatusTrying
	}
	res := gosip.NewResponseFromRequest(c.req, status, phrase(status), nil)
	if e.RSeq > 0 {
		res.AppendHeader(gosip.NewHeader("Require", reliably))
		res.AppendHeader(gosip.NewHeader("RSeq", strconv.Itoa(int(e.RSeq))))
	}
	if status > 100 {
		res.AppendHeader(gosip.NewHeader("Allow", allow))
		res.AppendHeader(c.contact(hopTo(c.req)))
	}
	c.respond(res)
}

// accept sends the 200 with our description, or once more.
func (c *Incoming) accept(now time.Time, again bool) {
	if again {
		c.respond(c.last)
		return
	}
	res := gosip.NewResponseFromRequest(c.req, gosip.StatusOK, "OK", nil)
	res.AppendHeader(c.contact(hopTo(c.req)))
	res.AppendHeader(gosip.NewHeader("Allow", allow))
	appendAll(res, c.trunk.supported())
	c.granted(now, c.req, res)
	describe(res, c.own(c.body))
	c.session.agreed = c.session.said
	c.respond(res)
}

func (c *Incoming) decline(e invite.SendRefusal) {
	res := gosip.NewResponseFromRequest(c.req, e.Status, e.Phrase, nil)
	if e.RetryAfter > 0 {
		res.AppendHeader(gosip.NewHeader("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second))))
	}
	if e.Contact != "" {
		res.AppendHeader(gosip.NewHeader("Contact", "<"+e.Contact+">"))
	}
	if e.Unfit {
		res.AppendHeader(c.ua.warning(offer.ErrNothingFits))
	}
	c.respond(res)
}

// respond sends a response to the INVITE. Where the CANCEL was faster, sipgo's transaction has sent 487 and drops ours;
// it has told us so.
func (c *Incoming) respond(res *gosip.Response) {
	c.last = res
	err := c.tx.Respond(res)
	if err == nil || errors.Is(err, gosip.ErrTransactionCanceled) {
		return
	}
	c.ua.unsent("response not sent")
	c.tx.Terminate() // sipgo's would stay for ever behind a 200 that could not be sent
}

// again answers a copy of the INVITE whose transaction is over.
func (c *Incoming) again(tx *gosip.ServerTx) {
	if c.last == nil {
		tx.Terminate()
		return
	}
	c.ua.finish(tx, c.last)
}

// acknowledged takes an ACK: that of the INVITE's final response, or that of a re-INVITE's 2xx.
func (c *Incoming) acknowledged(now time.Time, ack *gosip.Request) {
	if ack.CSeq().SeqNo != c.key.seq {
		c.settled(now, ack)
		return
	}
	if body := description(ack); len(c.theirs) == 0 && len(body) > 0 { // the answer to our offer
		c.theirs = body
	}
	c.step(now, invite.PeerAck{})
}

// responded takes a response from observe: all INVITEs of ours are re-INVITEs.
func (c *Incoming) responded(now time.Time, res *gosip.Response) { c.reinvited(now, res) }

// serve answers a request inside the call's dialog, in the call's goroutine.
func (c *Incoming) serve(now time.Time, req *gosip.Request, tx *gosip.ServerTx) {
	d := c.known(fromTag(req))
	if d == nil || req.Method == gosip.CANCEL {
		c.ua.serve(req, tx)
		return
	}
	if !d.inOrder(req, tx) || c.ua.extended(req, tx, c.trunk) {
		return
	}
	changes := req.Method == gosip.INVITE || req.Method == gosip.UPDATE
	switch {
	case req.Method == gosip.BYE:
		c.ua.respond(req, tx, gosip.StatusOK, "OK")
		c.step(now, invite.PeerBye{Reason: headerValue(req, "Reason")})
	case req.Method == gosip.PRACK:
		c.pracked(now, req, tx)
	case req.Method == gosip.NOTIFY:
		c.notified(req, tx)
	case req.Method == gosip.INFO:
		c.info(req, tx)
	case req.Method == gosip.OPTIONS:
		c.ua.capabilities(req, tx)
	case changes && c.machine.Confirmed():
		c.renew(now, d, req, tx)
	case changes && c.verdict == open:
		c.early(d, req, tx)
	default:
		c.ua.serve(req, tx)
	}
}

// early answers what wants to change a session that is not agreed on yet. 500 tells to come again, which a caller does
// after the answer (https://www.rfc-editor.org/rfc/rfc3261#section-14.2, https://www.rfc-editor.org/rfc/rfc3311#section-5.2).
func (c *Incoming) early(d *dialog, req *gosip.Request, tx *gosip.ServerTx) {
	switch {
	case req.Method == gosip.UPDATE && len(req.Body()) == 0:
		d.refresh(req)
		c.ua.respond(req, tx, gosip.StatusOK, "OK", c.contact(hopTo(req)))
	case !c.machine.Open(): // our answer is on its way, or its ACK
		c.ua.respond(req, tx, gosip.StatusRequestPending, "Request Pending")
	default:
		soon := gosip.NewHeader("Retry-After", strconv.Itoa(rand.IntN(11)))
		c.ua.respond(req, tx, gosip.StatusInternalServerError, "Server Internal Error", soon)
	}
}

// phrase is the usual one (https://www.rfc-editor.org/rfc/rfc3261#section-21).
func phrase(status int) string {
	phrases := map[int]string{
		100: "Trying", 180: "Ringing", 182: "Queued", 300: "Multiple Choices", 301: "Moved Permanently",
		302: "Moved Temporarily", 305: "Use Proxy", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
		408: "Request Timeout", 410: "Gone", 416: "Unsupported URI Scheme", 480: "Temporarily Unavailable",
		481: "Call/Transaction Does Not Exist", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
		488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error", 503: "Service Unavailable", 504: "Server Time-out",
		600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted",
		608: "Rejected",
	}
	if p := phrases[status]; p != "" {
		return p
	}
	switch status / 100 {
	case 3:
		return "Redirection"
	case 4:
		return "Request Failure"
	case 5:
		return "Server Failure"
	default:
		return "Global Failure"
	}
}
