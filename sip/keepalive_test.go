package sip_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// runUserAgent runs one until the test's end.
func runUserAgent(t *testing.T, cfg sip.Config) *sip.UserAgent {
	t.Helper()
	ua, err := sip.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	donec := make(chan error, 1)
	go func() { donec <- ua.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-donec; err != nil {
			t.Error(err)
		}
	})
	return ua
}

// TestKeepAliveConnects: a trunk that wants it is connected before there is any call, pinged, and connected again where the
// peer has closed.
func TestKeepAliveConnects(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	p := &rawPBX{t: t, listener: listener}
	runUserAgent(t, sip.Config{
		Listen: []sip.Listen{{Network: "tcp", Address: "127.0.0.1:0"}},
		Trunks: []sip.Trunk{{Name: "pbx", Address: listener.Addr().String(), Transport: "tcp", KeepAlive: 50 * time.Millisecond}},
	})
	for range 2 {
		conn, r := p.accept()
		for range 3 {
			ping := make([]byte, 4)
			if _, err := io.ReadFull(r, ping); err != nil || string(ping) != "\r\n\r\n" {
				t.Fatalf("want a ping, got %q, %v", ping, err)
			}
			if _, err := conn.Write([]byte("\r\n")); err != nil {
				t.Fatal(err)
			}
		}
		conn.Close()
	}
}

// TestKeepAliveDatagram: over UDP it is a datagram from the socket that requests leave from, in time.
func TestKeepAliveDatagram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := siptest.NewNetwork(1)
		pbx := n.MustListen("192.0.2.20:5060")
		defer pbx.Close()
		ua, err := sip.New(sip.Config{
			PacketConn: n.MustListen(gateway), Chance: func(int) int { return 0 },
			Trunks: []sip.Trunk{{Name: "pbx", Address: "192.0.2.20", KeepAlive: 25 * time.Second}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		donec := make(chan error, 1)
		go func() { donec <- ua.Run(ctx) }()
		start := time.Now()
		for i := range 3 {
			b := make([]byte, 100)
			count, from, err := pbx.ReadFrom(b)
			if err != nil || string(b[:count]) != "\r\n\r\n" || from.String() != gateway {
				t.Fatalf("got %q from %v, %v", b[:count], from, err)
			}
			if at := time.Since(start); at != time.Duration(i)*25*time.Second {
				t.Errorf("datagram %d after %s", i, at)
			}
		}
		stop()
		if err := <-donec; err != nil {
			t.Error(err)
		}
	})
}

// TestPong: a peer's ping is answered (https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1).
func TestPong(t *testing.T) {
	l := newLoopback(t, "tcp", shortCall)
	conn, err := net.Dial("tcp", l.ua.Addr("tcp").String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	for range 2 {
		if _, err := conn.Write([]byte("\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		pong := make([]byte, 2)
		if _, err := io.ReadFull(conn, pong); err != nil || string(pong) != "\r\n" {
			t.Fatalf("got %q, %v", pong, err)
		}
	}
	l.end()
}

// TestTooLongForUDP: a request that is too long for UDP goes over TCP, and where the peer takes none, over UDP all the same
// (https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1).
func TestTooLongForUDP(t *testing.T) {
	for _, tcp := range []bool{true, false} {
		packets, stream := onePort(t, "127.0.0.1")
		pbx := siptest.Config{Conn: packets, Listener: stream, Otherwise: &shortCall}
		if !tcp {
			stream.Close()
			pbx.Listener = nil
		}
		l := newLoopbackAt(t, pbx, "udp", func(*sip.Config) {})
		long := []sip.Header{{Name: "X-Account", Value: strings.Repeat("x", 1300)}}
		wantEvents(t, l.dial(t, sip.Dial{User: "600", Headers: long}), "Progress 180 alerted, Answered alerted, Ended by remote")
		l.end()
		want := "Via: SIP/2.0/UDP "
		if tcp {
			want = "Via: SIP/2.0/TCP "
		}
		head := bufio.NewScanner(strings.NewReader(l.heard[0]))
		for head.Scan() {
			if line := head.Text(); strings.HasPrefix(line, "Via:") && !strings.HasPrefix(line, want) || strings.HasPrefix(line, "Contact:") && strings.Contains(line, ";transport=tcp>") != tcp {
				t.Errorf("TCP %v: %s", tcp, line)
			}
		}
		l.wantTidy(t)
	}
}
