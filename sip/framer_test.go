package sip

import (
	"net"
	"slices"
	"strings"
	"testing"
)

// TestFramer: whatever pieces a stream comes in, its messages are found.
func TestFramer(t *testing.T) {
	one := "INVITE sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nv=0\n"
	other := "SIP/2.0 200 OK\r\ni: 2\r\nl:0\r\n\r\n"
	stream := "\r\n\r\n" + one + "\r\n" + other + other + "\r\n\r\n" + one
	want := []string{one, other, other, one}
	for size := 1; size <= len(stream); size++ {
		var f framer
		var got []string
		for rest := stream; rest != ""; {
			n := min(size, len(rest))
			f.feed([]byte(rest[:n]), func(m []byte) { got = append(got, string(m)) })
			rest = rest[n:]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("in pieces of %d: %q", size, got)
		}
		if f.kept != nil {
			t.Errorf("in pieces of %d: %q is kept", size, f.kept)
		}
	}
}

func TestFramerGivesUp(t *testing.T) {
	for what, stream := range map[string]string{
		"no length":         "INVITE sip:a@b SIP/2.0\r\n\r\n",
		"a length too long": "INVITE sip:a@b SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
		"a negative length": "INVITE sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n",
		"no end":            strings.Repeat("x", 3*longestKept),
	} {
		var f framer
		for rest := stream + "SIP/2.0 200 OK\r\nl:0\r\n\r\n"; rest != ""; {
			n := min(1000, len(rest))
			f.feed([]byte(rest[:n]), func(m []byte) { t.Errorf("%s: shows %q", what, m) })
			rest = rest[n:]
		}
		if !f.lost || f.kept != nil {
			t.Errorf("%s: %d bytes are kept", what, len(f.kept))
		}
	}
}

// TestCaptureOffIsFree: a message costs nothing where nobody captures.
func TestCaptureOffIsFree(t *testing.T) {
	u := newTestAgent(t)
	at := &net.UDPAddr{IP: net.IPv4(192, 0, 2, 20), Port: 5060}
	message := []byte("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n")
	if n := testing.AllocsPerRun(100, func() { u.capture(udp, at, at, true, message) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
