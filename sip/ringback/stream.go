package ringback

import "github.com/pion/rtp"

// Stream makes the packets that one telephone is sent (https://www.rfc-editor.org/rfc/rfc3550#section-5.1).
type Stream struct {
	frames [][]byte
	header rtp.Header
	next   int
}

// NewStream begins a stream of frames. ssrc, sequence and timestamp begin anywhere: they are to be random.
func NewStream(frames [][]byte, c Codec, ssrc uint32, sequence uint16, timestamp uint32) *Stream {
	return &Stream{frames: frames, header: rtp.Header{
		Version: 2, Marker: true, PayloadType: uint8(c), SSRC: ssrc, SequenceNumber: sequence, Timestamp: timestamp,
	}}
}

// Packet is the next 20 ms. The first one is marked: a talkspurt begins
// (https://www.rfc-editor.org/rfc/rfc3551#section-4.1).
func (s *Stream) Packet() rtp.Packet {
	p := rtp.Packet{Header: s.header, Payload: s.frames[s.next%len(s.frames)]}
	s.next++
	s.header.Marker = false
	s.header.SequenceNumber++
	s.header.Timestamp += uint32(perPacket)
	return p
}
