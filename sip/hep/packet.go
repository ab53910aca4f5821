package hep

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"
)

// Packet is one SIP message on its way.
type Packet struct {
	Time                time.Time
	Source, Destination netip.AddrPort
	// Stream says that it went over TCP, or TLS, and not over UDP.
	Stream bool
	// CallID is what the capture server finds a call's messages by; empty: none.
	CallID  string
	Payload []byte
}

// Agent is who captures.
type Agent struct {
	ID   uint32 // tells one gateway from another
	Node string // and by name; empty: none
	Key  string // the capture server's password; empty: none
}

// The chunk types that we write, of the generic vendor.
const (
	chunkFamily      = 0x01
	chunkProtocol    = 0x02
	chunkSource4     = 0x03
	chunkDest4       = 0x04
	chunkSource6     = 0x05
	chunkDest6       = 0x06
	chunkSourcePort  = 0x07
	chunkDestPort    = 0x08
	chunkSeconds     = 0x09
	chunkMicros      = 0x0a
	chunkType        = 0x0b
	chunkAgent       = 0x0c
	chunkKey         = 0x0e
	chunkPayload     = 0x0f
	chunkCorrelation = 0x11
	chunkNode        = 0x13
)

const (
	header      = 6 // of the packet, and of a chunk
	family4     = 2 // AF_INET
	family6     = 10
	protocolUDP = 17
	protocolTCP = 6
	typeSIP     = 1
)

// Append writes a packet behind b. false: it is too long for HEP, and b is as it was.
func (a Agent) Append(b []byte, p Packet) ([]byte, bool) {
	start := len(b)
	b = append(b, "HEP3\x00\x00"...)
	b = appendAddresses(b, p)
	protocol := byte(protocolUDP)
	if p.Stream {
		protocol = protocolTCP
	}
	b = append8(b, chunkProtocol, protocol)
	b = append32(b, chunkSeconds, uint32(p.Time.Unix()))
	b = append32(b, chunkMicros, uint32(p.Time.Nanosecond()/int(time.Microsecond)))
	b = append8(b, chunkType, typeSIP)
	b = append32(b, chunkAgent, a.ID)
	for _, text := range []struct {
		chunk uint16
		value string
	}{{chunkKey, a.Key}, {chunkNode, a.Node}, {chunkCorrelation, p.CallID}} {
		if text.value != "" {
			b = append(appendHead(b, text.chunk, len(text.value)), text.value...)
		}
	}
	b = append(appendHead(b, chunkPayload, len(p.Payload)), p.Payload...)
	if len(b)-start > math.MaxUint16 {
		return b[:start], false
	}
	binary.BigEndian.PutUint16(b[start+4:], uint16(len(b)-start))
	return b, true
}

// appendAddresses writes from where to where: both of one family, of IPv6 where one of them is.
func appendAddresses(b []byte, p Packet) []byte {
	source, dest := p.Source.Addr().Unmap(), p.Destination.Addr().Unmap()
	if source.Is4() && dest.Is4() {
		b = append8(b, chunkFamily, family4)
		s, d := source.As4(), dest.As4()
		b = append(appendHead(b, chunkSource4, len(s)), s[:]...)
		b = append(appendHead(b, chunkDest4, len(d)), d[:]...)
	} else {
		b = append8(b, chunkFamily, family6)
		s, d := sixteen(source), sixteen(dest)
		b = append(appendHead(b, chunkSource6, len(s)), s[:]...)
		b = append(appendHead(b, chunkDest6, len(d)), d[:]...)
	}
	b = append16(b, chunkSourcePort, p.Source.Port())
	return append16(b, chunkDestPort, p.Destination.Port())
}

// sixteen is an address in 16 bytes; nothing but zeros where there is none.
func sixteen(a netip.Addr) (b [16]byte) {
	if a.IsValid() {
		b = a.As16()
	}
	return b
}

func appendHead(b []byte, chunk uint16, length int) []byte {
	b = binary.BigEndian.AppendUint16(b, 0) // the generic vendor
	b = binary.BigEndian.AppendUint16(b, chunk)
	return binary.BigEndian.AppendUint16(b, uint16(header+length)) // where that is too long, so is the whole
}

func append8(b []byte, chunk uint16, v byte) []byte { return append(appendHead(b, chunk, 1), v) }

func append16(b []byte, chunk uint16, v uint16) []byte {
	return binary.BigEndian.AppendUint16(appendHead(b, chunk, 2), v)
}

func append32(b []byte, chunk uint16, v uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHead(b, chunk, 4), v)
}
