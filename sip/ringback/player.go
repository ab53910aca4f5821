package ringback

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// Player sends the ringing tone to every telephone that is to hear it, all from one socket and in one rhythm.
type Player struct {
	// settings
	conn   net.PacketConn
	frames map[Codec][][]byte
	// state
	mu      sync.Mutex
	streams map[*playing]struct{}
	wakec   chan struct{} // capacity 1: there is somebody to play for
}

type playing struct {
	stream *Stream
	to     net.Addr
}

// New makes a player that sends t from conn, which remains the caller's.
func New(conn net.PacketConn, t Tone) *Player {
	return &Player{
		conn: conn, streams: map[*playing]struct{}{}, wakec: make(chan struct{}, 1),
		frames: map[Codec][][]byte{PCMU: Frames(t, PCMU), PCMA: Frames(t, PCMA)},
	}
}

// Play lets somebody hear the tone, from its beginning, until stop is called, which may be done any number of times.
// Nothing is sent before Run.
func (p *Player) Play(to net.Addr, c Codec) (stop func()) {
	var chance [10]byte
	_, _ = rand.Read(chance[:]) // never fails
	s := &playing{to: to, stream: NewStream(p.frames[c], c,
		binary.BigEndian.Uint32(chance[:]), binary.BigEndian.Uint16(chance[4:]), binary.BigEndian.Uint32(chance[6:]))}
	p.mu.Lock()
	p.streams[s] = struct{}{}
	p.mu.Unlock()
	select {
	case p.wakec <- struct{}{}:
	default:
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.streams, s)
	}
}

// Playing is how many listen.
func (p *Player) Playing() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.streams)
}

// Run sends until ctx ends. While nobody listens it rests.
func (p *Player) Run(ctx context.Context) error {
	rhythm := time.NewTicker(packetTime)
	defer rhythm.Stop()
	rhythm.Stop()
	for {
		select {
		case <-p.wakec:
			rhythm.Reset(packetTime)
		case <-rhythm.C:
			if !p.send() {
				rhythm.Stop()
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// send sends everybody their next packet; false: nobody listens. Who cannot be reached misses a packet, as on any network.
func (p *Player) send() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.streams {
		packet := s.stream.Packet()
		if data, err := packet.Marshal(); err == nil {
			_, _ = p.conn.WriteTo(data, s.to)
		}
	}
	return len(p.streams) > 0
}
