package sip

import (
	"errors"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/dtmf"
	"tieline/sip/invite"
)

// ask sends a request other than INVITE inside the dialog, again with credentials where they are asked for. done takes
// the final response, or why there is none.
func (l *leg) ask(d *dialog, method gosip.RequestMethod, fill func(*gosip.Request), done func(time.Time, *gosip.Response, invite.Kind)) {
	l.auth.learned = 0
	var challenges invite.Challenges
	var send func(auth bool)
	send = func(auth bool) {
		d.seq++
		req := d.request(method, d.seq)
		fill(req)
		l.auth.authorise(req, auth)
		_ = l.fit(req) // where it fails, sending does, too
		l.request(req, nil, func(now time.Time, res *gosip.Response, err error) {
			switch {
			case errors.Is(err, gosip.ErrTransactionTimeout):
				done(now, nil, invite.Timeout)
			case err != nil:
				done(now, nil, invite.Transport)
			case challenges.Answerable(invite.Response{Status: res.StatusCode, Challenge: l.auth.learn(res)}):
				send(true)
			default:
				done(now, res, invite.Refused)
			}
		})
	}
	send(false)
}

// ends reports that a response, or its absence, says that the peer does not know the dialog any more
// (https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2).
func ends(o invite.Outcome) bool {
	return o.Kind == invite.Timeout || o.Status == gosip.StatusRequestTimeout || o.Status == gosip.StatusCallTransactionDoesNotExists
}

// refusalOf is the outcome of a request that was not accepted.
func refusalOf(res *gosip.Response, kind invite.Kind) invite.Outcome {
	o := invite.Outcome{Kind: kind}
	if res != nil {
		o.Status, o.Phrase, o.Reason = res.StatusCode, res.Reason, headerValue(res, "Reason")
		o.RetryAfter = seconds(headerValue(res, "Retry-After"))
	}
	return o
}

// info takes digits from the peer. Without a body an INFO says nothing, and no package of
// https://www.rfc-editor.org/rfc/rfc6086 is ours.
func (l *leg) info(req *gosip.Request, tx *gosip.ServerTx) {
	u := l.ua
	if len(req.GetHeaders("Info-Package")) > 0 {
		u.respond(req, tx, 469, "Bad Info Package", gosip.NewHeader("Recv-Info", ""))
		return
	}
	if len(req.Body()) == 0 {
		u.respond(req, tx, gosip.StatusOK, "OK")
		return
	}
	found, known := dtmf.Parse(headerValue(req, "Content-Type", "c"), req.Body())
	switch {
	case !known:
		u.respond(req, tx, gosip.StatusUnsupportedMediaType, "Unsupported Media Type",
			gosip.NewHeader("Accept", dtmf.Relay+", "+dtmf.Plain))
	case found == "":
		u.respond(req, tx, gosip.StatusBadRequest, "No Digit")
	default:
		u.respond(req, tx, gosip.StatusOK, "OK")
		l.host.hear(DTMF{Digits: found})
	}
}
