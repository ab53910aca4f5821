package sip_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/siptest"
)

func mustAddr(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// loopback is a user agent and a PBX on real sockets.
type loopback struct {
	ua      *sip.UserAgent
	pbx     *siptest.PBX
	end     func()
	stopPBX func()

	seenc chan struct{} // the PBX received something
	quiet atomic.Bool   // no trace is kept

	mu    sync.Mutex
	trace []sip.TraceEvent
	peers map[string]bool // source addresses that the PBX saw
	heard []string        // requests that it got, up to their body
}

func newLoopback(t testing.TB, transport string, number siptest.Behaviour) *loopback {
	t.Helper()
	return newLoopbackWith(t, transport, number, func(*sip.Config) {})
}

// newLoopbackWith lets a function change the user agent's configuration.
func newLoopbackWith(t testing.TB, transport string, number siptest.Behaviour, gw func(*sip.Config)) *loopback {
	t.Helper()
	packets, stream := onePort(t, "127.0.0.1")
	return newLoopbackAt(t, siptest.Config{Conn: packets, Listener: stream, Otherwise: &number}, transport, gw)
}

// newLoopbackAt lets the PBX be another one.
func newLoopbackAt(t testing.TB, pbx siptest.Config, transport string, gw func(*sip.Config)) *loopback {
	t.Helper()
	l := &loopback{peers: map[string]bool{}, seenc: make(chan struct{}, 1)}
	pbx.Trace = l.seen
	var err error
	l.pbx, err = siptest.New(pbx)
	if err != nil {
		t.Fatal(err)
	}
	cfg := sip.Config{
		Listen: []sip.Listen{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.2:0"}},
		Trunks: []sip.Trunk{{Name: "pbx", Address: l.pbx.Address(), Transport: transport, Domain: "pbx"}},
		Trace:  l.traced,
	}
	gw(&cfg)
	l.ua, err = sip.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	uaCtx, stopUA := context.WithCancel(t.Context())
	pbxCtx, stopPBX := context.WithCancel(t.Context())
	var ua, peer sync.WaitGroup
	ua.Go(func() {
		if err := l.ua.Run(uaCtx); err != nil {
			t.Error(err)
		}
	})
	peer.Go(func() { _ = l.pbx.Run(pbxCtx) })
	l.stopPBX = stopPBX
	l.end = func() {
		stopUA()
		ua.Wait()
		for l.pbx.Open() != 0 { // what was sent last may still be on its way
			select {
			case <-l.seenc:
			case <-time.After(5 * time.Second):
				t.Error("the PBX has a leg left over")
				stopPBX()
				return
			}
		}
		stopPBX()
		peer.Wait()
	}
	return l
}

func (l *loopback) seen(e siptest.Trace) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Sent {
		return
	}
	l.peers[e.Peer] = true
	if req, ok := e.Message.(*gosip.Request); ok && !l.quiet.Load() {
		head, _, _ := strings.Cut(req.String(), "\r\n\r\n")
		l.heard = append(l.heard, head)
	}
	select {
	case l.seenc <- struct{}{}:
	default:
	}
}

func (l *loopback) traced(e sip.TraceEvent) {
	if l.quiet.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trace = append(l.trace, e)
}

// dial makes a call and returns its events, up to the last.
func (l *loopback) dial(t *testing.T, d sip.Dial) []sip.Event {
	t.Helper()
	eventc := make(chan sip.Event, 16)
	l.ua.Dial(d, func(e sip.Event) { eventc <- e })
	var events []sip.Event
	for {
		select {
		case e := <-eventc:
			events = append(events, e)
			switch e.(type) {
			case sip.Failed, sip.Ended:
				return events
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no end after %v", events)
		}
	}
}

var shortCall = siptest.Behaviour{Ring: []int{180}, Status: 200, HangupAfter: time.Millisecond}

// TestUDPLoopback: over real UDP every request leaves from the listening port.
func TestUDPLoopback(t *testing.T) {
	l := newLoopback(t, "udp", shortCall)
	for range 20 {
		wantEvents(t, l.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	}
	l.end()
	if len(l.peers) != 1 || !l.peers[l.ua.Addr("udp").String()] {
		t.Errorf("the PBX heard %v, we listen at %v", l.peers, l.ua.Addr("udp"))
	}
	l.wantTidy(t)
}

// TestTCPLoopback: one connection for all calls, from the address we listen at, and the trace shows it.
func TestTCPLoopback(t *testing.T) {
	l := newLoopback(t, "tcp", shortCall)
	for range 20 {
		wantEvents(t, l.dial(t, sip.Dial{ID: "d", User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	}
	l.end()
	if len(l.peers) != 1 {
		t.Errorf("the PBX saw connections from %v, want one", l.peers)
	}
	for peer := range l.peers {
		if !strings.HasPrefix(peer, "127.0.0.2:") {
			t.Errorf("the PBX saw a connection from %s, we listen at %v", peer, l.ua.Addr("tcp"))
		}
	}
	l.wantTidy(t)
	var lines []string
	for _, e := range l.trace[:8] {
		if e.Network != "tcp" || e.Peer != "pbx" || e.Call != "d" {
			t.Errorf("trace: %+v", e)
		}
		word, _, _ := strings.Cut(e.Line, " sip:")
		lines = append(lines, word)
	}
	want := "INVITE, 180, 200 (INVITE), ACK, BYE, 200 (BYE), INVITE, 180"
	if got := strings.Join(lines, ", "); got != want {
		t.Errorf("traced %s, want %s", got, want)
	}
}

// TestTCPRefused: a refusal over TCP, and a hang-up while it rings.
func TestTCPRefused(t *testing.T) {
	l := newLoopback(t, "tcp", siptest.Behaviour{Ring: []int{183}, Status: 486})
	wantEvents(t, l.dial(t, sip.Dial{User: "601"}),
		"Progress 183, EarlyMedia m=audio 4000 RTP/AVP 0 8 101 a=inactive, Failed BUSY retryable 486 Busy Here trunk=pbx attempts=1")
	l.end()
	l.wantTidy(t)
}

// TestTCPBroken: the peer's connection breaks in the middle of a dial; that is known at once, not after Timer B
// (sip.md pitfall 16).
func TestTCPBroken(t *testing.T) {
	l := newLoopback(t, "tcp", siptest.Behaviour{Ring: []int{183}})
	eventc := make(chan sip.Event, 3)
	l.ua.Dial(sip.Dial{User: "602"}, func(e sip.Event) { eventc <- e })
	events := []sip.Event{<-eventc, <-eventc}
	l.stopPBX()
	wantEvents(t, append(events, <-eventc), "Progress 183, EarlyMedia m=audio 4000 RTP/AVP 0 8 101 a=inactive, Failed NETWORK retryable trunk=pbx attempts=1")
	l.end()
}

// TestNamedTrunk: a trunk may be given by name.
func TestNamedTrunk(t *testing.T) {
	l := newLoopback(t, "udp", shortCall)
	_, port, err := net.SplitHostPort(l.pbx.Address())
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "udp", Address: "127.0.0.1:0"}},
		Trunks: []sip.Trunk{{Name: "pbx", Address: net.JoinHostPort("localhost", port)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = ua.Run(ctx) })
	other := &loopback{ua: ua}
	wantEvents(t, other.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	end()
	running.Wait()
	l.end()
}

// TestTCPNobody: a closed port is a transport failure at once.
func TestTCPNobody(t *testing.T) {
	l := newLoopback(t, "tcp", shortCall)
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	ua, err := sip.New(sip.Config{
		Listen: []sip.Listen{{Network: "tcp", Address: "127.0.0.1:0"}},
		Trunks: []sip.Trunk{{Name: "gone", Address: address, Transport: "tcp"}, {Name: "pbx", Address: l.pbx.Address(), Transport: "tcp"}},
		Hold:   time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = ua.Run(ctx) })
	other := &loopback{ua: ua}
	wantEvents(t, other.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	if states := ua.Trunks(); states[0].Up || !states[1].Up {
		t.Errorf("trunks: %+v, want the first held down", states)
	}
	end()
	running.Wait()
	l.end()
	l.wantTidy(t)
}

// TestLongInvite: what is too long for UDP goes over TCP (https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1), and
// the dialog stays there.
func TestLongInvite(t *testing.T) {
	l := newLoopback(t, "udp", shortCall)
	long := []sip.Header{{Name: "X-Long", Value: strings.Repeat("x", 1000)}}
	wantEvents(t, l.dial(t, sip.Dial{User: "600", Headers: long}), "Progress 180 alerted, Answered alerted, Ended by remote")
	l.end()
	l.wantTidy(t)
	if l.trace[0].Network != "tcp" {
		t.Errorf("first message: %+v", l.trace[0])
	}
}

// TestStopInCall: the user agent stops over TCP with a call up: BYE, and nothing is left over.
func TestStopInCall(t *testing.T) {
	l := newLoopback(t, "tcp", siptest.Behaviour{Ring: []int{180}, Status: 200})
	answeredc := make(chan struct{})
	endedc := make(chan sip.Event, 1)
	l.ua.Dial(sip.Dial{User: "600"}, func(e sip.Event) {
		switch e.(type) {
		case sip.Answered:
			close(answeredc)
		case sip.Ended:
			endedc <- e
		}
	})
	<-answeredc
	l.end()
	wantEvents(t, []sip.Event{<-endedc}, "Ended by us: Shutting down")
	l.wantTidy(t)
	after := l.ua.Dial(sip.Dial{User: "600"}, func(e sip.Event) { endedc <- e })
	<-after.Done()
	wantEvents(t, []sip.Event{<-endedc}, "Failed CANCELLED retryable")
}

func (l *loopback) wantTidy(t *testing.T) {
	t.Helper()
	if n := l.pbx.Open(); n != 0 {
		t.Errorf("%d orphan legs", n)
	}
	for _, c := range l.pbx.Complaints() {
		t.Errorf("the PBX complains: %s", c)
	}
	if n := l.ua.Calls(); n != 0 {
		t.Errorf("%d calls left", n)
	}
}

func wantEvents(t *testing.T, events []sip.Event, want string) {
	t.Helper()
	var got []string
	for _, e := range events {
		got = append(got, describe(e))
	}
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

// onePort opens UDP and TCP sockets with the same number at an address.
func onePort(t testing.TB, host string) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 100 {
		packets, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, stream
		}
		packets.Close()
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

// BenchmarkCall is one call after the other in 64 lanes over real UDP: INVITE, 180, 200, ACK, BYE, 200, both sides.
func BenchmarkCall(b *testing.B) {
	l := newLoopback(b, "udp", siptest.Behaviour{Ring: []int{180}, Status: 200})
	l.quiet.Store(true)
	lanes := make(chan struct{}, 64)
	var failed, slowest atomic.Int64
	for b.Loop() {
		lanes <- struct{}{}
		start := time.Now()
		var call *sip.Call
		callc := make(chan *sip.Call, 1)
		call = l.ua.Dial(sip.Dial{User: "600"}, func(e sip.Event) {
			switch e.(type) {
			case sip.Answered:
				(<-callc).Hangup()
			case sip.Failed:
				failed.Add(1)
				<-lanes
			case sip.Ended:
				if took := int64(time.Since(start)); took > slowest.Load() {
					slowest.Store(took)
				}
				<-lanes
			}
		})
		callc <- call
	}
	for range cap(lanes) {
		lanes <- struct{}{} // the last ones
	}
	b.StopTimer()
	b.ReportMetric(float64(slowest.Load())/1e6, "ms-slowest")
	l.end()
	if n := failed.Load(); n > 0 {
		b.Errorf("%d of %d calls failed", n, b.N)
	}
}
