package sip

import (
	"strconv"

	gosip "github.com/emiago/sipgo/sip"
)

// comeBack is when somebody who was told 503 may ask again, in seconds: draining, a restart takes about as long.
const comeBack = 10

// retryAfter goes with each 503 of a user agent that drains. Without it, it would count as a 500, and the next call would come
// here again (https://www.rfc-editor.org/rfc/rfc3261#section-21.5.4).
func retryAfter() []gosip.Header {
	return []gosip.Header{gosip.NewHeader("Retry-After", strconv.Itoa(comeBack))}
}

// options answers an OPTIONS outside of any dialog with the status that an INVITE would get
// (https://www.rfc-editor.org/rfc/rfc3261#section-11.2): who asks wants to know whether to send us calls.
func (u *UserAgent) options(req *gosip.Request, tx *gosip.ServerTx) {
	status := 0
	switch {
	case u.draining.Load():
		status = gosip.StatusServiceUnavailable
	case req.Recipient.Scheme != "sip" && !safe(req):
		status = 416
	case u.cfg.Ready != nil:
		status = u.cfg.Ready()
	}
	switch {
	case status == gosip.StatusServiceUnavailable: // https://www.rfc-editor.org/rfc/rfc3261#section-21.5.4
		u.respond(req, tx, status, phrase(status), retryAfter()...)
	case status != 0:
		u.respond(req, tx, status, phrase(status))
	default:
		u.capabilities(req, tx)
	}
}

// capabilities says what we can do. Inside a dialog that is all that OPTIONS asks for: the call is there.
func (u *UserAgent) capabilities(req *gosip.Request, tx *gosip.ServerTx) {
	t := u.trunks[u.peers.at(req.Source())]
	if !u.extended(req, tx, t) {
		u.respond(req, tx, gosip.StatusOK, "OK", append(t.supported(), gosip.NewHeader("Accept", "application/sdp"))...)
	}
}
