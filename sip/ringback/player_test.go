package ringback

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"tieline/sip/siptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// phone hears what is sent to it.
type phone struct {
	conn  net.PacketConn
	heard []rtp.Packet
	ended chan struct{}
}

func listen(t *testing.T, n *siptest.Network, address string) *phone {
	p := &phone{conn: n.MustListen(address), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		buf := make([]byte, 2048)
		for {
			size, _, err := p.conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var packet rtp.Packet
			if err := packet.Unmarshal(append([]byte(nil), buf[:size]...)); err != nil {
				t.Errorf("it is RTP: %v", err)
			}
			p.heard = append(p.heard, packet)
		}
	}()
	return p
}

func (p *phone) hangUp() {
	_ = p.conn.Close()
	<-p.ended
}

// TestPlayer: each telephone hears fifty packets a second, in order, from the beginning of the tone until it is stopped.
func TestPlayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		socket := network.MustListen("192.0.2.1:4000")
		defer socket.Close()
		p := New(socket, ToneOf("DE"))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		a, b := listen(t, network, "192.0.2.2:4000"), listen(t, network, "192.0.2.3:4000")
		time.Sleep(time.Minute)
		stopA := p.Play(a.conn.LocalAddr(), PCMU)
		time.Sleep(time.Second)
		stopB := p.Play(b.conn.LocalAddr(), PCMA)
		time.Sleep(6 * time.Second)
		stopA()
		stopA()
		time.Sleep(time.Second)
		stopB()
		time.Sleep(time.Minute)
		synctest.Wait()
		if p.Playing() != 0 {
			t.Errorf("nobody listens any more: %d do", p.Playing())
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		a.hangUp()
		b.hangUp()
		a.wants(t, 7*50, PCMU)
		b.wants(t, 7*50, PCMA)
		if a.heard[0].SSRC == b.heard[0].SSRC {
			t.Error("each stream has its own source")
		}
	})
}

func (p *phone) wants(t *testing.T, count int, c Codec) {
	t.Helper()
	if n := len(p.heard); n < count-2 || n > count+2 {
		t.Errorf("%d packets are heard, want about %d", n, count)
	}
	frames := Frames(ToneOf("DE"), c)
	for i, packet := range p.heard {
		first := p.heard[0]
		if packet.SequenceNumber != first.SequenceNumber+uint16(i) || packet.Timestamp != first.Timestamp+uint32(i*perPacket) ||
			packet.SSRC != first.SSRC || packet.PayloadType != uint8(c) || packet.Marker != (i == 0) {
			t.Fatalf("packet %d follows those before: %+v", i, packet.Header)
		}
		if string(packet.Payload) != string(frames[i%len(frames)]) {
			t.Fatalf("packet %d has its part of the tone", i)
		}
	}
}
