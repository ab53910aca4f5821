package sip_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestTCPRubbish: a peer whose bytes are no SIP loses its connection, and the user agent still ends when told to.
func TestTCPRubbish(t *testing.T) {
	l := newLoopback(t, "tcp", siptest.Behaviour{})
	conn, err := net.Dial("tcp", l.ua.Addr("tcp").String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("this is no SIP\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("rubbish was answered")
	}
	endedc := make(chan struct{})
	go func() {
		defer close(endedc)
		l.end()
	}()
	select {
	case <-endedc:
	case <-time.After(10 * time.Second):
		t.Fatal("Run does not return")
	}
}

// TestTCPRefusedConnection: the log can say why nothing could be sent.
func TestTCPRefusedConnection(t *testing.T) {
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "tcp", Address: "127.0.0.1:0"}},
		Trunks: []sip.Trunk{{Name: "gone", Address: address, Transport: "tcp"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	donec := make(chan error, 1)
	go func() { donec <- ua.Run(ctx) }()
	events := (&loopback{ua: ua}).dial(t, sip.Dial{User: "600"})
	if f, ok := events[0].(sip.Failed); !ok || f.Detail != "transport failed: connect: connection refused" {
		t.Errorf("got %+v", events)
	}
	stop()
	if err := <-donec; err != nil {
		t.Error(err)
	}
}

// rawPBX is a TCP peer by hand: it sees our requests on the connections that we make, and makes its own.
type rawPBX struct {
	t        *testing.T
	listener net.Listener
}

// message reads one message and passes over its body; the header has the start line under "".
func (p *rawPBX) message(r *bufio.Reader) textproto.MIMEHeader {
	p.t.Helper()
	tp := textproto.NewReader(r)
	line, err := tp.ReadLine()
	if err != nil {
		p.t.Fatal(err)
	}
	h, err := tp.ReadMIMEHeader()
	if err != nil {
		p.t.Fatal(err)
	}
	h[""] = []string{line}
	var length int
	if _, err := fmt.Sscan(h.Get("Content-Length"), &length); err == nil {
		_, _ = r.Discard(length)
	}
	return h
}

func answerTo(h textproto.MIMEHeader, status, contact string) []byte {
	to := h.Get("To")
	if !strings.Contains(to, "tag=") {
		to += ";tag=callee"
	}
	return fmt.Appendf(nil, "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <%s>\r\nContent-Length: 0\r\n\r\n",
		status, h.Get("Via"), h.Get("From"), to, h.Get("Call-Id"), h.Get("Cseq"), contact)
}

// accept takes the next connection of the user agent's.
func (p *rawPBX) accept() (net.Conn, *bufio.Reader) {
	p.t.Helper()
	conn, err := p.listener.Accept()
	if err != nil {
		p.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn, bufio.NewReader(conn)
}

// TestTCPBrokenWhileRinging: the connection breaks while the callee rings. The call has failed, but the callee goes on
// ringing at the PBX: it is cancelled over a new connection, and if it answers all the same, it is hung up.
func TestTCPBrokenWhileRinging(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
	p := &rawPBX{t: t, listener: listener}
	contact := "sip:600@" + listener.Addr().String() + ";transport=tcp"
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "tcp", Address: "127.0.0.1:0"}},
		Trunks: []sip.Trunk{{Name: "pbx", Address: listener.Addr().String(), Transport: "tcp"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	donec := make(chan error, 1)
	go func() { donec <- ua.Run(ctx) }()
	eventc := make(chan sip.Event, 4)
	ua.Dial(sip.Dial{User: "600"}, func(e sip.Event) { eventc <- e })

	conn, r := p.accept()
	invite := p.message(r)
	if _, err := conn.Write(answerTo(invite, "180 Ringing", contact)); err != nil {
		t.Fatal(err)
	}
	first := <-eventc
	conn.Close()
	wantEvents(t, []sip.Event{first, <-eventc}, "Progress 180 alerted, Failed NETWORK retryable trunk=pbx attempts=1 alerted")

	conn, r = p.accept()
	defer conn.Close()
	if cancel := p.message(r); !strings.HasPrefix(cancel[""][0], "CANCEL ") || cancel.Get("Via") != invite.Get("Via") {
		t.Fatalf("want the CANCEL of the INVITE, got %v", cancel)
	}
	if _, err := conn.Write(answerTo(invite, "200 OK", contact)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ACK ", "BYE "} {
		got := p.message(r)
		if !strings.HasPrefix(got[""][0], want) {
			t.Errorf("want %s, got %s", want, got[""][0])
		}
		if want == "BYE " {
			_, _ = conn.Write(answerTo(got, "200 OK", contact))
		}
	}
	stop()
	if err := <-donec; err != nil {
		t.Error(err)
	}
}
