package media

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"tieline/sip/siptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// song has a number of packets, all with its number.
type song struct {
	number uint32
	length int
	played uint16
}

func (s *song) Packet() (rtp.Packet, bool) {
	s.played++
	return rtp.Packet{Header: rtp.Header{Version: 2, SSRC: s.number, SequenceNumber: s.played}}, int(s.played) < s.length
}

// endless is longer than any test.
const endless = 1 << 30

// phone notes what it is sent, and when.
type phone struct {
	conn  net.PacketConn
	heard []rtp.Header
	at    []time.Time
	endc  chan struct{}
}

func listen(t *testing.T, n *siptest.Network, address string) *phone {
	p := &phone{conn: n.MustListen(address), endc: make(chan struct{})}
	go func() {
		defer close(p.endc)
		buf := make([]byte, 2048)
		for {
			size, _, err := p.conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var packet rtp.Packet
			if err := packet.Unmarshal(buf[:size]); err != nil {
				t.Errorf("it is RTP: %v", err)
			}
			p.heard, p.at = append(p.heard, packet.Header), append(p.at, time.Now())
		}
	}()
	return p
}

func (p *phone) address() netip.AddrPort { return netip.MustParseAddrPort(p.conn.LocalAddr().String()) }

func (p *phone) hangUp() {
	_ = p.conn.Close()
	<-p.endc
}

// stage is a player on an in-memory network, in virtual time.
type stage struct {
	*Player
	network *siptest.Network
	stop    func()
}

func newStage(t *testing.T, conn func(net.PacketConn) net.PacketConn) *stage {
	n := siptest.NewNetwork(1)
	s := &stage{Player: New(conn(n.MustListen("192.0.2.1:4000"))), network: n}
	ctx, cancel := context.WithCancel(t.Context())
	endc := make(chan error, 1)
	go func() { endc <- s.Run(ctx) }()
	s.stop = func() {
		cancel()
		if err := <-endc; err != nil {
			t.Error(err)
		}
		if _, err := n.Listen("192.0.2.1:4000"); err != nil {
			t.Errorf("the socket is closed: %v", err)
		}
	}
	return s
}

func as(conn net.PacketConn) net.PacketConn { return conn }

// TestPlay: each hears fifty packets a second, in order and every 20 ms, until it is stopped or the source has no more.
func TestPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, as)
		a, b := listen(t, s.network, "192.0.2.2:4000"), listen(t, s.network, "192.0.2.3:4000")
		if s.Port() != 4000 {
			t.Errorf("the port is %d", s.Port())
		}
		time.Sleep(time.Minute)
		stop := s.Play(a.address(), &song{number: 7, length: endless}, func(bool) { t.Error("it was stopped before its end") })
		time.Sleep(time.Second)
		var done []bool
		stopB := s.Play(b.address(), &song{number: 8, length: 10}, func(sent bool) { done = append(done, sent) })
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(done, []bool{true}) || s.Playing() != 1 || stopB() {
			t.Errorf("the end is told once, and there is nothing to stop: %v, %d play", done, s.Playing())
		}
		if !stop() || stop() {
			t.Error("what goes on is stopped, once")
		}
		time.Sleep(time.Minute)
		s.stop()
		a.hangUp()
		b.hangUp()
		a.wants(t, 7, 2*50-1, 2*50) // whether the last is before or behind the stop of the same instant is open
		b.wants(t, 8, 10, 10)
	})
}

func (p *phone) wants(t *testing.T, number uint32, least, most int) {
	t.Helper()
	if n := len(p.heard); n < least || n > most {
		t.Errorf("%d packets are heard, want %d to %d", n, least, most)
	}
	for i, h := range p.heard {
		if h.SSRC != number || h.SequenceNumber != uint16(i+1) {
			t.Fatalf("packet %d is %+v", i, h)
		}
		if i > 0 && p.at[i].Sub(p.at[i-1]) != Interval {
			t.Fatalf("packet %d comes %v behind the one before", i, p.at[i].Sub(p.at[i-1]))
		}
	}
}

// TestManyComeAndGo: the rhythm of those who are played something is not disturbed by others.
func TestManyComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, as)
		a := listen(t, s.network, "192.0.2.2:4000")
		stop := s.Play(a.address(), &song{number: 7, length: endless}, nil)
		var mu sync.Mutex
		ended := 0
		for range 1000 {
			s.Play(netip.MustParseAddrPort("192.0.2.9:4000"), &song{number: 9, length: 3}, func(bool) {
				mu.Lock()
				defer mu.Unlock()
				ended++
			})
			time.Sleep(3 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		stop()
		s.stop()
		a.hangUp()
		a.wants(t, 7, 4*50-1, 4*50)
		if ended != 1000 {
			t.Errorf("%d of 1000 have ended", ended)
		}
	})
}

// TestMoved: a source that was stopped goes on at another address.
func TestMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, as)
		a, b := listen(t, s.network, "192.0.2.2:4000"), listen(t, s.network, "192.0.2.3:4000")
		source := &song{number: 7, length: 10}
		stop := s.Play(a.address(), source, nil)
		time.Sleep(90 * time.Millisecond)
		stop()
		s.Play(b.address(), source, nil)
		time.Sleep(time.Second)
		s.stop()
		a.hangUp()
		b.hangUp()
		if len(a.heard) != 4 || len(b.heard) != 6 || b.heard[0].SequenceNumber != 5 {
			t.Errorf("one hears %v, the other %v", a.heard, b.heard)
		}
	})
}

// broken is a socket that nothing leaves.
type broken struct{ net.PacketConn }

func (broken) WriteTo([]byte, net.Addr) (int, error) { return 0, errors.New("no route") }

// TestNothingLeaves: then nothing was sent.
func TestNothingLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c net.PacketConn) net.PacketConn { return broken{c} })
		told := make(chan bool, 1)
		s.Play(netip.MustParseAddrPort("192.0.2.2:4000"), &song{number: 7, length: 5}, func(sent bool) { told <- sent })
		if <-told {
			t.Error("something was sent")
		}
		s.stop()
	})
}

// TestLoopback: over a real socket.
func TestLoopback(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ear, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ear.Close()
	p := New(conn)
	ctx, cancel := context.WithCancel(t.Context())
	endc := make(chan error, 1)
	go func() { endc <- p.Run(ctx) }()
	p.Play(netip.MustParseAddrPort(ear.LocalAddr().String()), &song{number: 7, length: 3}, nil)
	buf := make([]byte, 2048)
	for i := range 3 {
		if err := ear.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, from, err := ear.ReadFrom(buf)
		var h rtp.Header
		if err != nil || from.String() != conn.LocalAddr().String() {
			t.Fatalf("packet %d from %v: %v", i, from, err)
		}
		if _, err := h.Unmarshal(buf[:n]); err != nil || h.SSRC != 7 || int(h.SequenceNumber) != i+1 {
			t.Errorf("packet %d: %+v, %v", i, h, err)
		}
	}
	cancel()
	if err := <-endc; err != nil {
		t.Error(err)
	}
}

// TestHeader: two streams are not taken for one.
func TestHeader(t *testing.T) {
	a, b := NewHeader(), NewHeader()
	if a.SSRC == b.SSRC || a.Timestamp == b.Timestamp || a.Version != 2 {
		t.Errorf("%+v, %+v", a, b)
	}
}
