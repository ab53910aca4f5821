package sip

import (
	"crypto/rand"
	"net"
	"strconv"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// observe sees every message in the order of its arrival, in the goroutine that read it, before the transactions do. It
// passes on what their own goroutines would bring out of order: provisional and 2xx responses to INVITE, and ACK, which
// a BYE would overtake.
func (u *UserAgent) observe(msg gosip.Message) {
	for _, s := range u.sockets {
		s.unread.seen(msg.Source())
	}
	switch msg := msg.(type) {
	case *gosip.Request:
		u.observeRequest(msg)
	case *gosip.Response:
		u.traceMessage(msg, fromTag(msg), "")
		unwrap(msg)
		u.observeResponse(msg)
	}
}

func (u *UserAgent) observeResponse(res *gosip.Response) {
	if res.StatusCode >= 300 || res.CSeq() == nil || res.CSeq().MethodName != gosip.INVITE {
		return
	}
	if o := u.table.find(res, fromTag(res)); o != nil {
		o.post(func(now time.Time) { o.responded(now, res) })
	}
}

func (u *UserAgent) observeRequest(req *gosip.Request) {
	var id string
	if outside(req) && (req.Method == gosip.INVITE || req.Method == gosip.CANCEL) {
		id = u.tag(req)
	}
	u.traceMessage(req, toTag(req), id)
	if req.Method != gosip.INFO && req.Method != gosip.NOTIFY { // whose bodies are something else
		unwrap(req)
	}
	if req.Method != gosip.ACK || req.CSeq() == nil {
		return
	}
	if o := u.table.find(req, toTag(req)); o != nil {
		o.post(func(now time.Time) { o.acknowledged(now, req) })
	}
}

// outside reports that a request names no dialog of ours.
func outside(req *gosip.Request) bool {
	to := req.To()
	return to != nil && !to.Params.Has("tag")
}

// tag puts our To tag into an INVITE that begins a call, and into its copies and its CANCEL: so all responses have the
// same one, those that sipgo's transaction sends by itself included
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.6.2, https://www.rfc-editor.org/rfc/rfc3261#section-9.2). It
// returns the call's id, as far as it is known.
func (u *UserAgent) tag(req *gosip.Request) string {
	if c := u.table.invitation(req); c != nil && c.branch == branch(req) {
		req.To().Params.Add("tag", c.localTag)
		if req.Method == gosip.INVITE {
			req.AppendHeader(newArrival(c.id, c.localTag))
		}
		return c.id
	}
	if req.Method != gosip.INVITE {
		return ""
	}
	at := newArrival(rand.Text(), newTag())
	at.trace = u.traceOf(req)
	req.To().Params.Add("tag", at.tag)
	req.AppendHeader(at)
	return at.id
}

// arrival is what observe notes down on an INVITE outside of any dialog for onRequest. It is a header field only
// because that is what a parsed message can carry; its type is ours, so no peer can forge one, and it is never sent.
type arrival struct {
	gosip.Header
	id, tag string
	trace   string // traceparent
}

func newArrival(id, tag string) *arrival {
	return &arrival{Header: gosip.NewHeader("Arrival", ""), id: id, tag: tag}
}

func arrivalOf(req *gosip.Request) *arrival {
	if req.Method != gosip.INVITE {
		return nil
	}
	hs := req.Headers()
	for i := len(hs) - 1; i >= 0; i-- { // it is the last
		if at, ok := hs[i].(*arrival); ok {
			return at
		}
	}
	return nil
}

// branch tells one way of a request from another (https://www.rfc-editor.org/rfc/rfc3261#section-17.2.3).
func branch(msg gosip.Message) string {
	v := msg.Via()
	if v == nil {
		return ""
	}
	return v.Params.GetOr("branch", "") + "@" + net.JoinHostPort(v.Host, strconv.Itoa(v.Port))
}
