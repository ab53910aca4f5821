package sip_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"
	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/siptest"
)

// exchange plays the commands of offers and answers inside a call, of the dial if there is one, else of the incoming
// call:
//
//	offer [hold] [version=2]     our offer: a third party's description
//	ask                          an offer of the peer's is asked for
//	answer-offer | reject-offer 488     the one at hand
//	send-dtmf 12                 by INFO, or by RTP where setup has it
//	refer sip:7@pbx | refer-to-incoming
//	answer-with [format=9]       takes an incoming call
//	pass-offers                  incoming calls only; dial has pass
func (l *ladder) exchange(d *datadriven.TestData) {
	var leg sip.Leg = l.in
	if l.call != nil {
		leg = l.call
	}
	sdp := description("b 9 "+arg(d, "version", "9"), "a=sendrecv")
	if d.HasArg("hold") {
		sdp = description("b 9 "+arg(d, "version", "9"), "a=sendonly")
	}
	if v := arg(d, "format", ""); v != "" {
		sdp = bytes.Replace(sdp, []byte("AVP 8"), []byte("AVP "+v), 1)
	}
	switch d.Cmd {
	case "offer":
		leg.Offer(sdp)
	case "send-dtmf":
		leg.SendDTMF(d.CmdArgs[0].Key)
	case "refer":
		leg.Refer(d.CmdArgs[0].Key)
	case "refer-to-incoming":
		leg.ReferTo(l.in)
	case "ask":
		leg.Offer(nil)
	case "answer-offer":
		leg.AnswerOffer(sdp)
	case "reject-offer":
		status, _ := strconv.Atoi(d.CmdArgs[0].Key)
		leg.RejectOffer(status)
	case "answer-with":
		l.in.AnswerWith(sdp)
	case "pass-offers":
		l.in.PassOffers()
	}
}

// description is what a telephone says.
func description(origin, direction string) []byte {
	return []byte("v=0\r\no=" + origin + " IN IP4 192.0.2.99\r\ns=-\r\nc=IN IP4 192.0.2.99\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n" +
		direction + "\r\n")
}

// info is what an INFO has: a media type and a body, without one nothing.
func info(a datadriven.CmdArg) []siptest.Option {
	if len(a.Vals) == 0 {
		return nil
	}
	mediaType, body, _ := strings.Cut(a.Vals[0], ":")
	return []siptest.Option{siptest.Body(mediaType, []byte(body))}
}

// news is a NOTIFY of a transfer: a status, or the end of the subscription.
func news(a datadriven.CmdArg) []siptest.Option {
	opts := []siptest.Option{siptest.Header("Event", "refer"), siptest.Header("Subscription-State", "active;expires=60")}
	if a.Vals[0] == "old" { // of another REFER
		opts[0] = siptest.Header("Event", "refer;id=1")
		return append(opts, siptest.Body("message/sipfrag", []byte("SIP/2.0 603 Decline\r\n")))
	}
	if a.Vals[0] == "terminated" {
		opts[1] = siptest.Header("Subscription-State", "terminated;reason=timeout")
		return opts
	}
	return append(opts, siptest.Body("message/sipfrag;version=2.0", []byte("SIP/2.0 "+a.Vals[0]+" News\r\n")))
}

// hears notes down which descriptions a PBX gets, with the version in their o=, and what else a refusal says.
func (l *ladder) hears(pbx string, m siptest.Trace) {
	body := m.Message.Body()
	if m.Sent {
		return
	}
	what := "200"
	switch msg := m.Message.(type) {
	case *gosip.Request:
		what = string(msg.Method)
	case *gosip.Response:
		for _, name := range []string{"Warning", "Contact"} {
			for _, h := range msg.GetHeaders(name) {
				if msg.StatusCode >= 300 {
					l.hear(pbx, fmt.Sprint(msg.StatusCode), h.String())
				}
			}
		}
	}
	if len(body) == 0 {
		return
	}
	_, origin, _ := strings.Cut(string(body), "o=")
	version := "?"
	if fields := strings.Fields(origin); len(fields) > 2 {
		version = fields[2]
	}
	l.hear(pbx, what, "v"+version+" "+streams(body))
}

// reads notes down the header fields that the ladder wants to see.
func (l *ladder) reads(pbx string, m siptest.Trace) {
	if m.Sent {
		return
	}
	what := ""
	switch msg := m.Message.(type) {
	case *gosip.Request:
		what = string(msg.Method)
	case *gosip.Response:
		what = fmt.Sprintf("%d (%s)", msg.StatusCode, msg.CSeq().MethodName)
	}
	for _, name := range l.heads {
		for _, h := range m.Message.GetHeaders(name) {
			value, _, _ := strings.Cut(h.Value(), ";tag=") // which nobody knows before
			l.hear(pbx, what, h.Name()+": "+value)
		}
	}
}

func (l *ladder) hear(pbx, what, says string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := "+" + time.Since(l.start).Round(10*time.Millisecond).String()
	l.heard = append(l.heard, fmt.Sprintf("%-6s %s hears       %s %s", at, pbx, what, says))
}
