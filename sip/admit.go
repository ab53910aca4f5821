package sip

import (
	"errors"
	"strconv"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
	"tieline/sip/offer"
)

// refusal is why an INVITE cannot be taken.
type refusal struct {
	status  int
	phrase  string
	headers []gosip.Header
}

// invited takes an INVITE outside of any dialog, in a goroutine of sipgo's.
func (u *UserAgent) invited(req *gosip.Request, tx *gosip.ServerTx, at *arrival) {
	t := u.trunks[u.peers.at(req.Source())]
	no := u.doorman.challenges(time.Now(), req, t)
	if no == nil {
		no = u.unfit(req, t)
	}
	if no == nil && u.merged(req, tx) {
		return
	}
	if no == nil {
		no = u.admit(req, tx, t, at)
	}
	if no != nil {
		u.mu.Lock()
		u.doors[no.status]++
		u.mu.Unlock()
		u.respond(req, tx, no.status, no.phrase, no.headers...)
	}
}

// unfit judges the INVITE by itself, in the order of https://www.rfc-editor.org/rfc/rfc3261#section-8.2.
func (u *UserAgent) unfit(req *gosip.Request, t *Trunk) *refusal {
	contact := req.Contact()
	_, whole := newInvitationKey(req)
	extended := t.badExtension(req)
	switch {
	case !whole || req.CSeq().MethodName != gosip.INVITE:
		return &refusal{status: gosip.StatusBadRequest, phrase: "Bad Request"}
	case t == nil: // the next hop of some dialog, but nobody who may place calls
		return &refusal{status: gosip.StatusForbidden, phrase: "Forbidden"}
	case len(req.GetHeaders("Replaces")) > 0: // https://www.rfc-editor.org/rfc/rfc3891#section-3
		return &refusal{status: gosip.StatusCallTransactionDoesNotExists, phrase: "Call/Transaction Does Not Exist"}
	case u.cfg.Incoming == nil: // nobody to offer it to
		return &refusal{status: gosip.StatusTemporarilyUnavailable, phrase: "Temporarily Unavailable"}
	case u.draining.Load():
		return &refusal{gosip.StatusServiceUnavailable, "Service Unavailable", retryAfter()}
	case req.Recipient.Scheme != "sip" && !safe(req):
		return &refusal{status: 416, phrase: "Unsupported URI Scheme"}
	case extended != nil:
		return extended
	case len(req.Body()) > 0 && !plainSDP(req): // https://www.rfc-editor.org/rfc/rfc3261#section-8.2.3
		return &refusal{gosip.StatusUnsupportedMediaType, "Unsupported Media Type", []gosip.Header{gosip.NewHeader("Accept", acceptable)}}
	case !takesSDP(req):
		return &refusal{status: 406, phrase: "Not Acceptable"}
	case contact == nil || !reachable(contact.Address.Scheme, gosip.NetworkToLower(req.Transport())) || contact.Address.Host == "":
		return &refusal{status: gosip.StatusBadRequest, phrase: "No Contact To Reach"}
	}
	if no := t.unreliable(req); no != nil {
		return no
	}
	return t.tooBrief(req)
}

// reachable reports that a Contact can be reached from where its message came from: only what came by TLS has set it up.
func reachable(scheme, network string) bool {
	return scheme == "sip" || scheme == "sips" && network == secure
}

// safe reports that a request wants to be safe all the way, and has come to us so
// (https://www.rfc-editor.org/rfc/rfc3261#section-26.2.2).
func safe(req *gosip.Request) bool {
	return req.Recipient.Scheme == "sips" && gosip.NetworkToLower(req.Transport()) == secure
}

// merged answers an INVITE that is here already: one that came another way
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2), or the same one, whose transaction has ended too early.
func (u *UserAgent) merged(req *gosip.Request, tx *gosip.ServerTx) bool {
	other := u.table.invitation(req)
	if other == nil {
		return false
	}
	if other.branch != branch(req) || !other.post(func(time.Time) { other.again(tx) }) {
		u.respond(req, tx, gosip.StatusLoopDetected, "Loop Detected")
	}
	return true
}

// admit makes it a call.
func (u *UserAgent) admit(req *gosip.Request, tx *gosip.ServerTx, t *Trunk, at *arrival) *refusal {
	c, err := newIncoming(u, req, tx, t, at)
	if err != nil {
		return &refusal{gosip.StatusNotAcceptableHere, "Not Acceptable Here", []gosip.Header{u.warning(err)}}
	}
	if u.table.admit(c) != nil { // this very moment
		c.forget()
		return &refusal{status: gosip.StatusLoopDetected, phrase: "Loop Detected"}
	}
	if !u.enlist(c) {
		c.forget()
		return &refusal{status: gosip.StatusServiceUnavailable, phrase: "Shutting Down"}
	}
	u.enter(t.Name)
	c.input(invite.Start{}) // before anything that Config.Incoming may do
	if c.report = u.cfg.Incoming(c); c.report == nil {
		c.report = func(Event) {}
	}
	c.listen()
	go c.run()
	return nil
}

// warning says what is wrong with a description (https://www.rfc-editor.org/rfc/rfc3261#section-20.43).
func (u *UserAgent) warning(err error) gosip.Header {
	code, text := "399", "Malformed session description"
	if errors.Is(err, offer.ErrNothingFits) {
		code, text = "305", "Incompatible media format"
	}
	at := u.advertised(hop{network: udp})
	return gosip.NewHeader("Warning", code+" "+at.host+":"+strconv.Itoa(at.port)+` "`+text+`"`)
}
