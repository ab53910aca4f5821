package sip_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestCrowd: a host has 256 connections with us that it has made, and those beyond are closed at once, as those of
// strangers are; calls go on meanwhile.
func TestCrowd(t *testing.T) {
	l := newLoopback(t, "tcp", shortCall)
	address := l.ua.Addr("tcp").String()
	closed := 0
	var conns []net.Conn
	for range 256 + 50 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	for _, conn := range conns[256:] {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) || strings.Contains(fmt.Sprint(err), "reset") {
			closed++
		}
	}
	if closed != 50 {
		t.Errorf("%d connections are closed, want 50", closed)
	}
	for range 3 {
		wantEvents(t, l.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	}
	for _, conn := range conns {
		conn.Close()
	}
	l.end()
	l.wantTidy(t)
	if _, _, streams := l.ua.Kept(); streams != 0 {
		t.Errorf("%d connections are left", streams)
	}
}

// TestTooMuch: a message that is larger than any closes its connection, as do lengths that are none.
func TestTooMuch(t *testing.T) {
	const head = "OPTIONS sip:x@gw SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bKa\r\nFrom: <sip:x@y>;tag=a\r\nTo: <sip:x@y>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\n"
	l := newLoopback(t, "tcp", siptest.Behaviour{})
	for what, data := range map[string]string{
		"a header without end":      head + "X: " + strings.Repeat("x", 70000),
		"many header lines":         head + strings.Repeat("X: y\r\n", 15000),
		"a huge Content-Length":     head + "Content-Length: 4294967295\r\n\r\n",
		"a negative Content-Length": head + "Content-Length: -1\r\n\r\n",
		"no Content-Length":         head + "\r\n",
		"no line":                   strings.Repeat("x", 70000),
		"NULs":                      "\x00\x00" + head + "\x00\r\n",
	} {
		conn, err := net.Dial("tcp", l.ua.Addr("tcp").String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write([]byte(data)) // it may be closed before all of it is there
		if rest, err := io.ReadAll(conn); len(rest) > 0 || err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: got %q, %v, want the connection closed", what, rest, err)
		}
		conn.Close()
	}
	l.end()
}
