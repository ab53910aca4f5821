package dtmf

import (
	"strings"
	"time"

	"github.com/pion/rtp"
)

const (
	clock = time.Second / 8000 // of telephone-event/8000
	// perPacket is what each packet's duration grows by, in units of the clock: the interval of the usual audio packets
	// (https://www.rfc-editor.org/rfc/rfc4733#section-2.5.1.2).
	perPacket = uint16(20 * time.Millisecond / clock)
	whole     = uint16(Tone / clock)
	// volume is −10 dBm0, what everybody sends; below −55 dBm0 nobody needs to understand it
	// (https://www.rfc-editor.org/rfc/rfc4733#section-2.3.4).
	volume = 10
	// finals is how often the end of a digit is sent, so that it survives the loss of a packet
	// (https://www.rfc-editor.org/rfc/rfc4733#section-2.5.1.4).
	finals = 3
	final  = 1 << 7 // the E bit, beside the volume
)

// Stream makes the RTP packets of all digits that one leg is sent (https://www.rfc-editor.org/rfc/rfc4733#section-2.5.1), one
// digit after the other: [Stream.Press], then [Stream.Packet] until there is no more. When digits are pressed is a
// [Sender]'s to say.
type Stream struct {
	header rtp.Header // of the next packet
	began  time.Time  // when the timestamp was base
	base   uint32

	event    uint8
	duration uint16 // as told so far
	ended    int    // times that the end was told
}

// NewStream begins a stream at now, with the header of its first packet. Of that the source, the sequence number and the
// timestamp count.
func NewStream(now time.Time, first rtp.Header) *Stream {
	return &Stream{header: first, began: now, base: first.Timestamp}
}

// Event is the number of a digit (https://www.rfc-editor.org/rfc/rfc4733#section-3.2).
func Event(digit byte) uint8 { return uint8(strings.IndexByte(digits, digit)) }

// Press begins a digit at now. The timestamp is that of its beginning in all of its packets
// (https://www.rfc-editor.org/rfc/rfc4733#section-2.2.1), and goes on while nothing is sent; the first packet is marked
// (https://www.rfc-editor.org/rfc/rfc4733#section-2.2.2). A digit that was being sent is broken off.
func (s *Stream) Press(now time.Time, digit byte) {
	s.event, s.duration, s.ended = Event(digit), 0, 0
	s.header.Marker = true
	s.header.Timestamp = s.base + uint32(now.Sub(s.began)/clock)
}

// SetFormat sets the payload type from now on.
func (s *Stream) SetFormat(n uint8) { s.header.PayloadType = n }

// Packet is that of the next 20 ms of the digit, and whether there will be another. At the end of the last 20 ms the end is
// told, and then twice more in the same rhythm.
func (s *Stream) Packet() (p rtp.Packet, more bool) {
	s.duration = min(s.duration+perPacket, whole)
	payload := []byte{s.event, volume, byte(s.duration >> 8), byte(s.duration)}
	if s.duration == whole {
		payload[1] |= final
		s.ended++
	}
	p = rtp.Packet{Header: s.header, Payload: payload}
	s.header.Marker = false
	s.header.SequenceNumber++
	return p, s.ended < finals
}
