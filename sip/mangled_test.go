package sip_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/textproto"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tieline/sip"
)

// TestMangledMessages: whatever a trunk sends, cut, doubled or with bytes changed, in a call or outside, nothing
// crashes, and the user agent goes on working and ends when told to.
func TestMangledMessages(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var taken atomic.Int64
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "udp", Address: "127.0.0.1:0"}},
		Trunks: []sip.Trunk{{Name: "pbx", Trusted: true, Address: conn.LocalAddr().String(), Username: "gw", Password: "secret"}},
		Grace:  100 * time.Millisecond,
		Incoming: func(c *sip.Incoming) func(sip.Event) {
			c.Ring()
			switch taken.Add(1) % 3 {
			case 0:
				c.Answer()
			case 1:
				c.Hangup()
			}
			return func(sip.Event) {}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	donec := make(chan error, 1)
	go func() { donec <- ua.Run(ctx) }()
	r := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		call := ua.Dial(sip.Dial{User: "600"}, func(sip.Event) {})
		templates := messagesOf(received(t, conn, "INVITE ")) // it is repeated, should it be lost
		for range 250 {
			if _, err := conn.WriteTo(mangled(r, templates[r.IntN(len(templates))]), ua.Addr("udp")); err != nil {
				t.Fatal(err)
			}
		}
		call.Hangup()
	}
	const options = "OPTIONS sip:tieline@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKlast\r\n" +
		"From: <sip:x@pbx>;tag=a\r\nTo: <sip:tieline@gw>\r\nCall-ID: last\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	var again sync.WaitGroup
	answeredc := make(chan struct{})
	again.Go(func() { // a datagram may be lost where so many are under way
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			_, _ = conn.WriteTo([]byte(options), ua.Addr("udp"))
			select {
			case <-tick.C:
			case <-answeredc:
				return
			}
		}
	})
	for received(t, conn, "SIP/2.0 200 ").Get("Call-Id") != "last" {
	}
	close(answeredc)
	again.Wait()
	stop()
	if err := <-donec; err != nil {
		t.Error(err)
	}
	if taken.Load() == 0 {
		t.Error("no call came in")
	}
}

// received waits for a message whose start line begins like that.
func received(t *testing.T, conn net.PacketConn, begin string) textproto.MIMEHeader {
	t.Helper()
	buf := make([]byte, 4096)
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			t.Fatalf("waiting for %s: %v", begin, err)
		}
		if line, rest, _ := bytes.Cut(buf[:n], []byte("\r\n")); bytes.HasPrefix(line, []byte(begin)) {
			h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(rest))).ReadMIMEHeader()
			if err == nil { // else it repeats what was mangled
				return h
			}
		}
	}
}

// messagesOf are what a peer may send in the call of an INVITE.
func messagesOf(in textproto.MIMEHeader) [][]byte {
	ids := fmt.Sprintf("From: %s\r\nTo: %s;tag=b\r\nCall-ID: %s\r\n", in.Get("From"), in.Get("To"), in.Get("Call-Id"))
	back := fmt.Sprintf("From: %s;tag=b\r\nTo: %s\r\nCall-ID: %s\r\n", in.Get("To"), in.Get("From"), in.Get("Call-Id"))
	const rest = "Contact: \"a\" <sip:600-0x1@127.0.0.1:5069;transport=UDP>;expires=60\r\nRecord-Route: <sip:127.0.0.1:5069;lr=on;ftag=x>, <sip:127.0.0.1>\r\n" +
		"Reason: Q.850;cause=16;text=\"x\"\r\nRetry-After: 5 (soon);duration=3\r\n" +
		"WWW-Authenticate: Digest realm=\"pbx\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth,auth-int\", stale=true\r\n" +
		"Content-Type: application/sdp\r\nContent-Length: 50\r\n\r\nv=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\nt=0 0\r\nm=audio 4 RTP/AVP 0\r\n"
	var all [][]byte
	for _, status := range []string{"100 Trying", "180 Ringing", "200 OK", "401 Unauthorized", "302 Moved", "503 Rate limit"} {
		all = append(all, fmt.Appendf(nil, "SIP/2.0 %s\r\nVia: %s\r\n%sCSeq: 1 INVITE\r\n%s", status, in.Get("Via"), ids, rest))
	}
	for i, method := range []string{"BYE", "INVITE", "UPDATE", "ACK", "CANCEL", "OPTIONS", "NOTIFY", "REFER"} {
		all = append(all, fmt.Appendf(nil, "%s sip:tieline@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:6000;rport;branch=z9hG4bK%s%d\r\n%sCSeq: %d %[1]s\r\n%s",
			method, in.Get("Call-Id"), i, back, i+1, rest))
	}
	for _, method := range []string{"INVITE", "CANCEL", "BYE"} { // of a call of the peer's
		all = append(all, fmt.Appendf(nil, "%s sip:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:6000;rport;branch=z9hG4bKin%s\r\n"+
			"From: %s;tag=in\r\nTo: \"x\" <sip:5550100@pbx>\r\nCall-ID: in%[2]s\r\nCSeq: 1 %[1]s\r\nExpires: 1\r\n"+
			"P-Asserted-Identity: \"Ann\" <sip:200@pbx>, <tel:+4930>\r\nDiversion: <sip:100@pbx>;reason=away\r\n"+
			"Contact: <sip:x@127.0.0.1:5069>\r\nContent-Length: 0\r\n\r\n", method, in.Get("Call-Id"), in.Get("To")))
	}
	return all
}

// mangled changes a few things in a message.
func mangled(r *rand.Rand, message []byte) []byte {
	m := bytes.Clone(message)
	for range 1 + r.IntN(3) {
		if len(m) < 2 {
			break
		}
		i := r.IntN(len(m) - 1)
		switch r.IntN(6) {
		case 0:
			m[i] = byte(r.Uint32())
		case 1:
			m = append(m[:i], m[i+1+r.IntN(len(m)-i-1):]...) // a hole
		case 2:
			m = m[:i+1] // cut
		case 3:
			m[i] = "\r\n:;,<>\"=@ %\x00"[r.IntN(13)]
		case 4:
			lines := bytes.Split(m, []byte("\r\n"))
			n := r.IntN(len(lines))
			lines = append(lines[:n], lines[n+1:]...) // a line less
			m = bytes.Join(lines, []byte("\r\n"))
		case 5:
			lines := bytes.SplitAfter(m, []byte("\r\n"))
			m = append(m, lines[r.IntN(len(lines))]...) // a line more, at the end
		}
	}
	return m
}
