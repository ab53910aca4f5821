package ringback

import "github.com/pion/rtp"

// Stream makes the packets that one telephone is sent (https://www.rfc-editor.org/rfc/rfc3550#section-5.1).
type Stream struct {
	frames [][]byte
	header rtp.Header
	next   int
}

// NewStream begins a stream of frames, with the header of its first packet. Of that the source, the sequence number and the
// timestamp count.
func NewStream(first rtp.Header, frames [][]byte, c Codec) *Stream {
	first.PayloadType, first.Marker = uint8(c), true
	return &Stream{frames: frames, header: first}
}

// Packet is the next 20 ms; there is always more. The first one is marked: a talkspurt begins
// (https://www.rfc-editor.org/rfc/rfc3551#section-4.1).
func (s *Stream) Packet() (p rtp.Packet, more bool) {
	p = rtp.Packet{Header: s.header, Payload: s.frames[s.next%len(s.frames)]}
	s.next++
	s.header.Marker = false
	s.header.SequenceNumber++
	s.header.Timestamp += uint32(perPacket)
	return p, true
}
