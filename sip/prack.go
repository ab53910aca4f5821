package sip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/invite"
)

// Prack is whether provisional responses are acknowledged (https://www.rfc-editor.org/rfc/rfc3262) in calls with a trunk.
type Prack uint8

// The ways.
const (
	PrackOff       Prack = iota
	PrackSupported       // where both sides want
	PrackRequired        // in every call; those of peers that cannot are refused
)

const reliably = "100rel"

// mostEarly bounds the early dialogs of one INVITE, whatever forks it meets.
const mostEarly = 32

// demands are the option tags that our INVITE insists on.
func (a *attempt) demands() []gosip.Header {
	if a.trunk.Prack == PrackRequired {
		return []gosip.Header{gosip.NewHeader("Require", reliably)}
	}
	return nil
}

// provisional takes what a 1xx says of its early dialog (https://www.rfc-editor.org/rfc/rfc3261#section-12.1.2), and
// acknowledges it where it wants that. false: it is not to be looked at, because it was before, or comes too soon.
func (a *attempt) provisional(res *gosip.Response) bool {
	tag := toTag(res)
	seq, ok := reliable(res)
	if tag == "" || res.StatusCode == gosip.StatusTrying || a.known(tag) == nil && len(a.dialogs) >= mostEarly {
		return true
	}
	d := a.dialog(tag)
	d.early(res)
	if !ok || a.trunk.Prack == PrackOff {
		return true
	}
	receipt := d.receipts.Take(seq)
	if receipt == invite.Next {
		a.acknowledge(d, seq, res)
	}
	return receipt == invite.Next
}

// acknowledge sends the PRACK: a request of its own, in the early dialog. Where our INVITE had no offer, the response has the
// callee's, which the PRACK has to answer (https://www.rfc-editor.org/rfc/rfc3262#section-5): without media, since nobody else
// may be asked before the call is answered. See owes.
func (a *attempt) acknowledge(d *dialog, seq uint32, res *gosip.Response) {
	var answer []byte
	if sdp := description(res); sdp != nil {
		if a.call.dial.Delayed && !d.settled {
			answer = a.park(sdp)
		}
		d.said, d.settled = string(sdp), true
	}
	rack := fmt.Sprintf("%d %d INVITE", seq, res.CSeq().SeqNo)
	a.ask(d, gosip.PRACK, func(req *gosip.Request) {
		req.AppendHeader(gosip.NewHeader("RAck", rack))
		describe(req, answer)
	},
		func(time.Time, *gosip.Response, invite.Kind) {}) // refused or not: the callee goes on, or does not
}

// reliable is the RSeq of a response that wants a PRACK.
func reliable(res *gosip.Response) (seq uint32, ok bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(headerValue(res, "RSeq")), 10, 32)
	return uint32(n), err == nil && n > 0 && slices.Contains(optionTags(res, "Require"), reliably)
}

// reliance says how a caller's provisional responses go: reliably where it and the trunk want that. Where it has made no
// offer a reliable one would have to make ours, which nobody has before the call is answered: then there are none.
func (t *Trunk) reliance(req *gosip.Request) (yes, silent bool) {
	required := slices.Contains(optionTags(req, "Require"), reliably)
	if t.Prack == PrackOff || !required && !slices.Contains(optionTags(req, "Supported", "k"), reliably) {
		return false, false
	}
	offered := len(req.Body()) > 0
	return offered, required && !offered
}

// unreliable is the refusal of a caller that cannot do what the trunk insists on; nil: it can.
func (t *Trunk) unreliable(req *gosip.Request) *refusal {
	if t.Prack != PrackRequired || slices.Contains(optionTags(req, "Supported", "Require", "k"), reliably) {
		return nil
	}
	return &refusal{421, "Extension Required", []gosip.Header{gosip.NewHeader("Require", reliably)}}
}

// pracked takes a PRACK of the caller's.
func (c *Incoming) pracked(now time.Time, req *gosip.Request, tx *gosip.ServerTx) {
	in, ok := acknowledged(req)
	if !ok || in.Seq != c.key.seq || c.gone || c.machine.Done() {
		c.ua.serve(req, tx)
		return
	}
	c.pracks = append(c.pracks, peerRequest{req: req, tx: tx})
	c.step(now, in)
}

// acknowledged reads a RAck (https://www.rfc-editor.org/rfc/rfc3262#section-7.2).
func acknowledged(req *gosip.Request) (in invite.PeerPrack, ok bool) {
	f := strings.Fields(headerValue(req, "RAck"))
	if len(f) != 3 || !strings.EqualFold(f[2], "INVITE") {
		return in, false
	}
	rseq, err := strconv.ParseUint(f[0], 10, 32)
	seq, err2 := strconv.ParseUint(f[1], 10, 32)
	return invite.PeerPrack{RSeq: uint32(rseq), Seq: uint32(seq)}, err == nil && err2 == nil
}

// answerPrack answers it. One with an offer comes before the answer to the INVITE's: there is nothing to change yet.
func (c *Incoming) answerPrack(e invite.AnswerPrack) {
	r := c.pracks[0]
	c.pracks = c.pracks[1:]
	switch {
	case !e.Match:
		c.ua.respond(r.req, r.tx, gosip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist")
	case len(r.req.Body()) > 0:
		c.ua.respond(r.req, r.tx, gosip.StatusNotAcceptableHere, "Not Acceptable Here")
	default:
		c.ua.respond(r.req, r.tx, gosip.StatusOK, "OK")
	}
}
