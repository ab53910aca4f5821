package sip_test

import (
	"bufio"
	"net/textproto"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest/torture"
)

// FuzzAgent sends messages to a running user agent, which has a call under way: $VIA, $FROM, $TO and $ID stand for what
// its INVITE has. Whatever they are, it goes on, ends the call when told to, and remembers nothing of it.
func FuzzAgent(f *testing.F) {
	const next = "\x1e"
	const in = "From: $FROM\r\nTo: $TO;tag=b\r\nCall-ID: $ID\r\n"
	const back = "From: $TO;tag=b\r\nTo: $FROM\r\nCall-ID: $ID\r\n"
	const contact = "Contact: <sip:600-0x1@192.0.2.20>\r\n"
	const sdp = "Content-Type: application/sdp\r\nContent-Length: 92\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	response := func(status, more string) string {
		return "SIP/2.0 " + status + "\r\nVia: $VIA\r\n" + in + "CSeq: 1 INVITE\r\n" + contact + more
	}
	request := func(method, more string) string {
		return method + " sip:tieline@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;rport;branch=z9hG4bK" + method + "\r\n" + back + "CSeq: 7 " + method + "\r\n" + contact + more
	}
	answered := response("180 Ringing", "RSeq: 1\r\nRequire: 100rel\r\n\r\n") + next + response("200 OK", "Session-Expires: 90;refresher=uac\r\n"+sdp) + next
	for _, s := range []string{
		response("401 Unauthorized", "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\", qop=\"auth-int,auth\", algorithm=SHA-256\r\n\r\n"),
		response("302 Moved", "\r\n"), response("503 No", "Retry-After: 5 (soon);duration=3\r\nReason: Q.850;cause=42;text=\"x\"\r\n\r\n"), response("487 No", "\r\n"),
		response("422 Session Interval Too Small", "Min-SE: 99999999999\r\n\r\n"), response("420 Bad Extension", "Unsupported: timer\r\n\r\n"),
		answered + request("BYE", "Reason: SIP;cause=200\r\n\r\n"), answered + request("INVITE", sdp), answered + request("INVITE", "\r\n"),
		answered + request("UPDATE", sdp), answered + request("UPDATE", "Session-Expires: 1;refresher=uas\r\n\r\n"), answered + request("PRACK", "RAck: 1 1 INVITE\r\n\r\n"),
		answered + request("INFO", "Content-Type: application/dtmf-relay\r\nContent-Length: 9\r\n\r\nSignal=1\r"),
		answered + request("NOTIFY", "Event: refer\r\nSubscription-State: terminated;reason=x\r\nContent-Type: message/sipfrag\r\nContent-Length: 14\r\n\r\nSIP/2.0 200 OK"),
		answered + request("REFER", "Refer-To: <sip:x@y?Replaces=a>\r\n\r\n"), answered + request("OPTIONS", "\r\n"), answered + request("MESSAGE", "\r\n"), answered + request("ACK", sdp), answered + request("CANCEL", "\r\n"),
		"INVITE sip:1001@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKi\r\nFrom: \"A\" <sip:a@pbx>;tag=i\r\nTo: <sip:1001@gw>\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\n" + contact +
			"P-Asserted-Identity: \"Ann\" <sip:200@pbx>\r\nDiversion: <sip:100@pbx>;reason=away\r\nHistory-Info: <sip:1@a>;index=1\r\nExpires: 1\r\nSupported: timer, 100rel\r\nAllow: UPDATE\r\n" + sdp,
	} {
		f.Add([]byte(s))
	}
	messages, err := torture.RFC4475()
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range messages {
		f.Add(m.Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) { besiege(t, strings.Split(string(data), next)) })
	})
}

func besiege(t *testing.T, messages []string) {
	m := newTormentor(t, "192.0.2.10:5060", "192.0.2.20")
	before := goroutines()
	call := m.ua.Dial(sip.Dial{User: "600", ProgressTimeout: time.Minute, RingTimeout: time.Minute}, func(sip.Event) {})
	m.settle()
	m.heardMu.Lock()
	invite := m.heard[0]
	m.heardMu.Unlock()
	_, rest, _ := strings.Cut(invite, "\r\n")
	h, err := textproto.NewReader(bufio.NewReader(strings.NewReader(rest))).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$VIA", h.Get("Via"), "$FROM", h.Get("From"), "$TO", h.Get("To"), "$ID", h.Get("Call-Id"))
	for _, message := range messages {
		m.send([]byte(fill.Replace(message)))
	}
	m.options()
	call.Hangup()
	time.Sleep(12 * time.Minute) // virtual: longer than a call may ring
	m.options()
	m.end(before)
}
