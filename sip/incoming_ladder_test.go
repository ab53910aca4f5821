package sip_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"
	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
)

// taken plays the commands of incoming calls:
//
//	invite 1001 [to=… from=… uri=…] [no-sdp | sdp=… | says=… | format=9 | type=…] [header=Name:_value|…] [record-route] [routed-back]
//	ring | answer | refuse 486 [phrase=…] [retry-after=3s] [contact=…] | release | drain     ours; release is Hangup
//	caller request=PRACK [offer]             any request; with the description of its INVITE
//	caller says=… | cancel | bye | repeat | fork | ack | reinvite | refresh | update | update-offer | info=type:body [reason=…]
//	caller grants-timer | withholds-ack | deaf=BYE | peaceful                  manners from now on
//	doubled | straight                       every datagram twice, or once, from now on
//
// Of an argument's value _ is a space, and [] stand for <>.
func (l *ladder) taken(d *datadriven.TestData) {
	switch d.Cmd {
	case "invite":
		l.invite(d)
	case "ring":
		l.in.Ring()
	case "answer":
		l.in.Answer()
	case "refuse":
		r := sip.Refusal{Phrase: text(d, "phrase"), RetryAfter: duration(l.t, arg(d, "retry-after", "0s")), Contact: text(d, "contact")}
		_, _ = fmt.Sscan(d.CmdArgs[0].Key, &r.Status)
		l.in.Refuse(r)
	case "release":
		l.in.Hangup()
	case "drain":
		l.ua.Drain(true)
	case "doubled":
		l.net.SetDefault(siptest.Link{Duplicate: 1})
	case "straight":
		l.net.SetDefault(siptest.Link{})
	case "stop":
		l.stop()
	case "caller":
		l.does(d)
	default:
		d.Fatalf(l.t, "no such command: %s", d.Cmd)
	}
}

func text(d *datadriven.TestData, key string) string {
	return strings.NewReplacer("_", " ", "[", "<", "]", ">").Replace(arg(d, key, ""))
}

// headers are those of header=Name:_value|…, and the Contact of contact=sip:….
func headers(d *datadriven.TestData) []siptest.Option {
	var opts []siptest.Option
	if v := text(d, "contact"); v != "" {
		opts = append(opts, siptest.Contact(v))
	}
	for h := range strings.SplitSeq(text(d, "header"), "|") {
		if name, value, ok := strings.Cut(h, ":"); ok {
			opts = append(opts, siptest.Header(name, strings.TrimSpace(value)))
		}
	}
	return opts
}

func (l *ladder) invite(d *datadriven.TestData) {
	var opts []siptest.Option
	for key, option := range map[string]func(string) siptest.Option{
		"to": siptest.To, "from": siptest.From,
		"sdp":  func(s string) siptest.Option { return siptest.SDP([]byte(s)) },
		"type": func(s string) siptest.Option { return siptest.Header("Content-Type", s) },
	} {
		if v := text(d, key); v != "" {
			opts = append(opts, option(v))
		}
	}
	if d.HasArg("record-route") {
		opts = append(opts, siptest.Header("Record-Route", "<sip:192.0.2.20:5060;lr=on;ftag=a>, <sip:192.0.2.20;lr>"))
	}
	opts = append(opts, headers(d)...)
	if v := arg(d, "format", ""); v != "" {
		opts = append(opts, siptest.SDP(bytes.Replace(description("pbx 1 1", "a=sendrecv"), []byte("AVP 8"), []byte("AVP "+v), 1)))
	}
	if v := text(d, "says"); v != "" {
		opts = append(opts, siptest.SDP(offertest.Describe(v)))
	}
	if d.HasArg("no-sdp") {
		opts = append(opts, siptest.NoSDP())
	}
	uri := text(d, "uri")
	if uri == "" {
		uri = "sip:" + d.CmdArgs[0].Key + "@" + gateway
	}
	if d.HasArg("routed-back") { // the call of ours that the PBX has, as a proxy sends it on
		ours := l.at("pbx").Invite()
		tag, _ := ours.From().Params.Get("tag")
		opts = append(opts, siptest.CallID(ours.CallID().Value()), siptest.Tag(tag))
	}
	l.digits = siptest.Digits{}
	caller, err := l.pbxs["pbx"].Dial(net.UDPAddrFromAddrPort(mustAddr(gateway)), uri, opts...)
	if err != nil {
		l.t.Fatal(err)
	}
	l.caller = caller
}

// does lets the caller act.
func (l *ladder) does(d *datadriven.TestData) {
	var opts []siptest.Option
	if v := text(d, "reason"); v != "" {
		opts = append(opts, siptest.Header("Reason", v))
	}
	opts = append(opts, headers(d)...)
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "cancel":
			l.caller.Cancel(opts...)
		case "bye":
			l.caller.Bye(opts...)
		case "repeat":
			l.caller.Repeat()
		case "fork":
			l.caller.Fork()
		case "ack":
			l.caller.Ack()
		case "reinvite":
			l.caller.ReInvite()
		case "hold":
			l.caller.ReInvite(siptest.SDP([]byte(strings.ReplaceAll(string(l.caller.Invite().Body()), "sendrecv", "sendonly"))))
		case "says":
			l.caller.ReInvite(siptest.SDP(offertest.Describe(text(d, "says"))))
		case "refresh":
			l.caller.ReInvite(siptest.NoSDP())
		case "info":
			l.caller.Request(gosip.INFO, info(a)...)
		case "update":
			l.caller.Request(gosip.UPDATE, opts...)
		case "request":
			if d.HasArg("offer") {
				opts = append(opts, siptest.SDP(l.caller.Invite().Body()))
			}
			l.caller.Request(gosip.RequestMethod(a.Vals[0]), opts...)
		case "update-offer":
			l.caller.Request(gosip.UPDATE, siptest.SDP(l.caller.Invite().Body()))
		case "grants-timer":
			l.caller.SetManners(siptest.Manners{SessionTimer: time.Hour})
		case "peaceful":
			l.caller.SetManners(siptest.Manners{})
		case "withholds-ack":
			l.caller.SetManners(siptest.Manners{WithholdACK: true})
		case "deaf":
			l.caller.SetManners(siptest.Manners{Unanswered: []gosip.RequestMethod{gosip.RequestMethod(a.Vals[0])}})
		}
	}
}

// incoming takes a call; its events are printed as those of the call that it is.
func (l *ladder) incoming(c *sip.Incoming) func(sip.Event) {
	l.mu.Lock()
	l.in = c
	l.mu.Unlock()
	i := c.Invitation()
	line := fmt.Sprintf("incoming        called %s dialled %s trunk=%s", i.Called, i.Dialled, i.Trunk)
	if i.CallerNumber != "" || i.CallerName != "" {
		line += fmt.Sprintf(" from %s %q", i.CallerNumber, i.CallerName)
	}
	if v := i.Diversion; v != nil {
		line += fmt.Sprintf(" by way of %s %q %s", v.Number, v.Name, v.Reason)
	}
	if l.hearing {
		line += " offers " + streams(i.SDP)
	}
	l.print(line)
	return func(e sip.Event) {
		line := describe(e)
		switch e := e.(type) {
		case sip.Answered:
			first, _, _ := strings.Cut(string(e.SDP), "\r\n")
			line += " trunk=" + e.Trunk + " sdp=" + strings.ReplaceAll(first, " ", "_")
		case sip.Failed:
			line = strings.Replace(line, " attempts=0", "", 1)
			if e.Reason != "" {
				line += " reason=" + e.Reason
			}
		}
		l.print("incoming        " + line)
	}
}
