package siptest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

func listenLoopback(tb testing.TB) net.PacketConn {
	tb.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// start runs a PBX on real sockets until the test ends.
func start(tb testing.TB, c Config) *PBX {
	tb.Helper()
	p, err := New(c)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	donec := make(chan error)
	go func() { donec <- p.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-donec; err != nil {
			tb.Errorf("Run: %v", err)
		}
	})
	return p
}

func TestStreamsCarryABurstInOneWrite(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, Config{Listener: l})
	c, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "INVITE sip:700@pbx SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1\r\n"+
		"From: <sip:gw@127.0.0.1>;tag=1\r\nTo: <sip:700@pbx>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:gw@127.0.0.1>\r\n"+
		"Content-Length: 0\r\n\r\n")
	call, err := p.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	call.Burst(Reply(180, ""), Reply(200, ""))
	stream := gosip.NewParser().NewSIPStream()
	defer stream.Close()
	var got []string
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 1<<16); len(got) < 2; {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		_ = stream.ParseSIPStream(buf[:n], func(m gosip.Message) { got = append(got, short(m)) })
	}
	if want := "[SIP/2.0 180 Ringing SIP/2.0 200 OK]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// BenchmarkCalls is INVITE, 180, 200, ACK, BYE, 200 over a loopback UDP socket, 16 callers that write prepared bytes
// and parse nothing, so that what is measured is the PBX.
func BenchmarkCalls(b *testing.B) {
	p := start(b, Config{Conn: listenLoopback(b), Numbers: Numbers(0, 0)})
	callc := make(chan int)
	var callers sync.WaitGroup
	for range 16 {
		conn := listenLoopback(b)
		callers.Go(func() {
			defer conn.Close()
			for i := range callc {
				if err := rawCall(conn, p, i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		callc <- i
	}
	close(callc)
	callers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	if s := p.Stats(); s.Byes != b.N || s.Open != 0 || s.Failures != 0 {
		b.Errorf("stats %+v of %d calls: %v", s, b.N, p.Complaints())
	}
}

// rawCall makes one call without a parser.
func rawCall(conn net.PacketConn, p *PBX, i int) error {
	pbx, buf := p.config.Conn.LocalAddr(), make([]byte, 2048)
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	rawRequest(conn, pbx, "INVITE", "sip:600@pbx", "<sip:600@pbx>", i, 1)
	var to, contact string
	for to == "" {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if m := string(buf[:n]); m[8:11] == "200" {
			to, contact = field(m, "\r\nTo: ", "\r\n"), field(m, "\r\nContact: <", ">")
		}
	}
	rawRequest(conn, pbx, "ACK", contact, to, i, 1)
	rawRequest(conn, pbx, "BYE", contact, to, i, 2)
	_, _, err := conn.ReadFrom(buf)
	return err
}

func rawRequest(conn net.PacketConn, pbx net.Addr, method, uri, to string, i, seq int) {
	m := fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d%[1]s;rport\r\nFrom: <sip:gw@127.0.0.1>;tag=1\r\n"+
		"To: %[5]s\r\nCall-ID: bench-%[4]d\r\nCSeq: %[6]d %[1]s\r\nContact: <sip:gw@%[3]s>\r\nMax-Forwards: 70\r\n"+
		"Content-Length: 0\r\n\r\n", method, uri, conn.LocalAddr(), i, to, seq)
	_, _ = conn.WriteTo(m, pbx)
}

// field returns what stands between two marks.
func field(m, before, after string) string {
	_, rest, _ := strings.Cut(m, before)
	value, _, _ := strings.Cut(rest, after)
	return value
}
