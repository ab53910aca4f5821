package ringback

import (
	"testing"

	"github.com/pion/rtp"
)

// TestStream: packet after packet has its part of the tone, over and over, and all are one stream.
func TestStream(t *testing.T) {
	for _, c := range []Codec{PCMU, PCMA} {
		frames := Frames(ToneOf("DE"), c)
		first := rtp.Header{Version: 2, SSRC: 7, SequenceNumber: 65500, Timestamp: 1<<32 - 1000}
		s := NewStream(first, frames, c)
		for i := range 2*len(frames) + 1 {
			p, more := s.Packet()
			want := rtp.Header{
				Version: 2, Marker: i == 0, PayloadType: uint8(c), SSRC: 7,
				SequenceNumber: first.SequenceNumber + uint16(i), Timestamp: first.Timestamp + 160*uint32(i),
			}
			if h := p.Header; !more || h.Marker != want.Marker || h.PayloadType != want.PayloadType || h.SSRC != want.SSRC ||
				h.SequenceNumber != want.SequenceNumber || h.Timestamp != want.Timestamp || h.Version != 2 {
				t.Fatalf("packet %d: %+v, want %+v; more %v", i, p.Header, want, more)
			}
			if string(p.Payload) != string(frames[i%len(frames)]) {
				t.Fatalf("packet %d has another part of the tone", i)
			}
		}
	}
}
