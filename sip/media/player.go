package media

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// Interval is the rhythm, the usual one of telephony (https://www.rfc-editor.org/rfc/rfc3551#section-4.2).
const Interval = 20 * time.Millisecond

// Source makes the packets that somebody is sent. While it is played it belongs to the player.
type Source interface {
	// Packet is that of the next Interval. more says whether there will be another.
	Packet() (p rtp.Packet, more bool)
}

// Player sends everybody what they are to hear, all from one socket and in one rhythm.
type Player struct {
	// settings
	conn net.PacketConn
	// state
	mu    sync.Mutex
	parts map[*part]struct{}
	wakec chan struct{} // capacity 1: there is something to play
}

// part is a source that is being played.
type part struct {
	source Source
	to     net.Addr
	sent   bool // some of it
	done   func(sent bool)
}

// New makes a player that sends from conn, a UDP socket, and owns it from now on. Run must be called: it closes conn.
func New(conn net.PacketConn) *Player {
	return &Player{conn: conn, parts: map[*part]struct{}{}, wakec: make(chan struct{}, 1)}
}

// Port is that of the socket.
func (p *Player) Port() int {
	at, _ := netip.ParseAddrPort(p.conn.LocalAddr().String()) // of UDP it is one
	return int(at.Port())
}

// Play sends what s has to an address, until its end or until stop is called. Nothing is sent before Run.
//
// At its end s is given back and done, if not nil, is called from Run's goroutine; it must not block. sent tells whether
// anything has left the socket: what becomes of it on its way nobody is told.
//
// stop gives s back before its end. It reports whether there was anything to stop: then done is not called any more. Otherwise
// it was called, or is about to be.
func (p *Player) Play(to netip.AddrPort, s Source, done func(sent bool)) (stop func() bool) {
	x := &part{source: s, to: net.UDPAddrFromAddrPort(to), done: done}
	p.mu.Lock()
	p.parts[x] = struct{}{}
	p.mu.Unlock()
	select {
	case p.wakec <- struct{}{}:
	default:
	}
	return func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, playing := p.parts[x]
		delete(p.parts, x)
		return playing
	}
}

// Playing is how many are played something.
func (p *Player) Playing() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.parts)
}

// Run sends until ctx ends, then closes the socket. While there is nothing to play it rests; who comes while it does not is
// taken up by the rhythm that there is.
func (p *Player) Run(ctx context.Context) error {
	defer p.conn.Close()
	rhythm := time.NewTicker(Interval)
	defer rhythm.Stop()
	rhythm.Stop()
	resting := true
	for {
		select {
		case <-p.wakec:
			if resting {
				rhythm.Reset(Interval)
				resting = false
			}
		case <-rhythm.C:
			if resting = !p.send(); resting {
				rhythm.Stop()
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// send sends everybody their next packet; false: there is nobody left.
func (p *Player) send() bool {
	ended, left := p.turn()
	for _, x := range ended {
		if x.done != nil {
			x.done(x.sent)
		}
	}
	return left
}

// turn sends the packets and returns the parts that have come to their end. Who cannot be reached misses a packet, as on any
// network.
func (p *Player) turn() (ended []*part, left bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for x := range p.parts {
		packet, more := x.source.Packet()
		if data, err := packet.Marshal(); err == nil {
			_, err = p.conn.WriteTo(data, x.to)
			x.sent = x.sent || err == nil
		}
		if !more {
			delete(p.parts, x)
			ended = append(ended, x)
		}
	}
	return ended, len(p.parts) > 0
}
