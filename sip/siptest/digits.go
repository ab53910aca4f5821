package siptest

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/pion/rtp"
)

// Digits reads the telephone-events of one stream of RTP, as its receiver would (RFC 4733), and finds what is wrong with
// them. The zero Digits has read nothing.
//
// Concurrency: a Digits belongs to one goroutine at a time.
type Digits struct {
	to       string
	last     rtp.Header
	duration uint16
	packets  int // of the digit at hand
	ends     int // of those that say that it has ended
	begun    bool
}

// Hear takes a packet that was sent to an address. It returns a line where a digit begins, where it goes on at another
// address, where its end is told for the third time, and where something is wrong; otherwise nothing.
func (d *Digits) Hear(to string, data []byte) string {
	var p rtp.Packet
	if err := p.Unmarshal(data); err != nil || len(p.Payload) != 4 || p.Payload[0] > 15 {
		return "RTP that is no digit"
	}
	digit := "0123456789*#ABCD"[p.Payload[0]]
	text := fmt.Sprintf("RTP %d digit %c", p.PayloadType, digit)
	duration := binary.BigEndian.Uint16(p.Payload[2:])
	moved := d.begun && d.to != to
	wrong := d.wrong(p.Header, duration)
	if p.Marker {
		d.packets, d.ends = 0, 0
	}
	d.to, d.last, d.duration, d.begun = to, p.Header, duration, true
	d.packets++
	if p.Payload[1]&0x80 != 0 {
		d.ends++
	}
	switch {
	case wrong != "":
		return text + ": " + wrong
	case p.Marker:
		return text
	case d.ends == 3:
		return fmt.Sprintf("%s, %v in %d packets", text, time.Duration(duration)*time.Second/8000, d.packets)
	case moved:
		return text + " goes on"
	}
	return ""
}

// wrong compares a packet with the one before (https://www.rfc-editor.org/rfc/rfc4733#section-2.5.1).
func (d *Digits) wrong(h rtp.Header, duration uint16) string {
	switch {
	case !d.begun && !h.Marker:
		return "the first packet is not marked"
	case !d.begun:
		return ""
	case h.SSRC != d.last.SSRC:
		return "another source"
	case h.SequenceNumber != d.last.SequenceNumber+1:
		return "a packet is missing"
	case h.Marker && h.Timestamp-d.last.Timestamp < uint32(d.duration):
		return "it begins before the one before has ended"
	case !h.Marker && h.Timestamp != d.last.Timestamp:
		return "another timestamp"
	case !h.Marker && d.ends == 0 && duration != d.duration+160, !h.Marker && d.ends > 0 && duration != d.duration:
		return "its duration jumps"
	}
	return ""
}
