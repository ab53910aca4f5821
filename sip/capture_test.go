package sip_test

import (
	"bytes"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"

	"tieline/sip"
	"tieline/sip/siptest"
)

// border counts what crosses the user agent's socket, what is traced and what is captured: all ladders hold them against each
// other.
type border struct {
	mu             sync.Mutex
	wire, captured map[string]int // direction and datagram
	sent, read     int            // traced
	off            bool
}

func newBorder() *border { return &border{wire: map[string]int{}, captured: map[string]int{}} }

// crossed counts a datagram. Keep-alives are no messages.
func (b *border) crossed(direction string, data []byte) {
	if b.off || !bytes.Contains(data, []byte("SIP/2.0")) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wire[direction+string(data)]++
}

func (b *border) traced(e sip.TraceEvent) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Out {
		b.sent++
	} else {
		b.read++
	}
}

func (b *border) capture(p sip.Packet) {
	direction := "<"
	if p.Source == mustAddr(gateway) {
		direction = ">"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.captured[direction+string(p.Data)]++
}

// check wants that everything that has crossed was captured as it was, and traced.
func (b *border) check(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !maps.Equal(b.wire, b.captured) {
		t.Errorf("%d messages have crossed, and %d others were captured", len(b.wire), len(b.captured))
	}
	sent, read := 0, 0
	for message, n := range b.captured {
		if message[0] == '>' {
			sent += n
		} else {
			read += n
		}
	}
	if sent != b.sent || read != b.read {
		t.Errorf("%d messages were sent and %d traced, %d came in and %d were traced", sent, b.sent, read, b.read)
	}
}

// listening is a socket that tells what is read from it, and what was to leave, also where there is no way.
type listening struct {
	net.PacketConn
	border *border
}

func (l listening) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := l.PacketConn.ReadFrom(p)
	if err == nil {
		l.border.crossed("<", p[:n])
	}
	return n, from, err
}

func (l listening) WriteTo(p []byte, to net.Addr) (int, error) {
	l.border.crossed(">", p)
	return l.PacketConn.WriteTo(p, to)
}

// TestCaptureTCP: of a stream, too, every message is captured whole, and with the true addresses.
func TestCaptureTCP(t *testing.T) {
	var mu sync.Mutex
	var captured []sip.Packet
	l := newLoopbackWith(t, "tcp", shortCall, func(c *sip.Config) {
		c.Capture = func(p sip.Packet) {
			p.Data = bytes.Clone(p.Data)
			mu.Lock()
			defer mu.Unlock()
			captured = append(captured, p)
		}
	})
	l.dial(t, sip.Dial{User: "600"})
	l.end()
	peer := mustAddr(l.pbx.Address())
	var lines []string
	for _, p := range captured {
		other, way := p.Destination, ">"
		if p.Source == peer {
			other, way = p.Source, "<"
		}
		if p.Network != "tcp" || other != peer || p.CallID == "" || !p.Source.IsValid() || !p.Destination.IsValid() || p.Time.IsZero() {
			t.Errorf("captured %s from %s to %s of call %q", p.Network, p.Source, p.Destination, p.CallID)
		}
		line, _, _ := strings.Cut(string(p.Data), "\r\n")
		words := strings.Fields(line)
		if words[0] == "SIP/2.0" {
			words = words[1:]
		}
		lines = append(lines, way+words[0])
	}
	got := strings.Join(lines, " ")
	if got != ">INVITE <180 <200 >ACK <BYE >200" && got != ">INVITE <100 <180 <200 >ACK <BYE >200" {
		t.Errorf("captured %s", got)
	}
}

// BenchmarkCaptureOff and BenchmarkCaptureOn are a call over UDP without and with somebody who captures.
func BenchmarkCaptureOff(b *testing.B) { benchmarkCapture(b, nil) }

func BenchmarkCaptureOn(b *testing.B) { benchmarkCapture(b, func(sip.Packet) {}) }

func benchmarkCapture(b *testing.B, capture func(sip.Packet)) {
	l := newLoopbackWith(b, "udp", siptest.Behaviour{Status: 486}, func(c *sip.Config) { c.Capture, c.Trace = capture, nil })
	defer l.end()
	for b.Loop() {
		call := l.ua.Dial(sip.Dial{User: "600"}, func(sip.Event) {})
		<-call.Done()
	}
}
