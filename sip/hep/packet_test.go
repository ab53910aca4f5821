package hep

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var example = Packet{
	Time: time.Unix(1764150000, 123456789), Source: netip.MustParseAddrPort("192.0.2.10:5060"), Destination: netip.MustParseAddrPort("192.0.2.20:5061"),
	CallID: "abc@x", Payload: []byte("BYE sip:a@b SIP/2.0\r\n\r\n"),
}

// TestBytes: the packet, chunk by chunk, as a capture server reads it.
func TestBytes(t *testing.T) {
	agent := Agent{ID: 2001, Node: "gw-1", Key: "secret"}
	got, ok := agent.Append([]byte("before"), example)
	want := "before" + "HEP3" + "\x00\x9b" +
		"\x00\x00\x00\x01\x00\x07\x02" + // family: IPv4
		"\x00\x00\x00\x03\x00\x0a\xc0\x00\x02\x0a" + // source
		"\x00\x00\x00\x04\x00\x0a\xc0\x00\x02\x14" + // destination
		"\x00\x00\x00\x07\x00\x08\x13\xc4" + // their ports
		"\x00\x00\x00\x08\x00\x08\x13\xc5" +
		"\x00\x00\x00\x02\x00\x07\x11" + // UDP
		"\x00\x00\x00\x09\x00\x0a\x69\x26\xca\xf0" + // seconds
		"\x00\x00\x00\x0a\x00\x0a\x00\x01\xe2\x40" + // microseconds
		"\x00\x00\x00\x0b\x00\x07\x01" + // SIP
		"\x00\x00\x00\x0c\x00\x0a\x00\x00\x07\xd1" + // capture id
		"\x00\x00\x00\x0e\x00\x0csecret" +
		"\x00\x00\x00\x13\x00\x0agw-1" +
		"\x00\x00\x00\x11\x00\x0babc@x" +
		"\x00\x00\x00\x0f\x00\x1dBYE sip:a@b SIP/2.0\r\n\r\n"
	if !ok || string(got) != want {
		t.Errorf("got\n%swant\n%s", hex.Dump(got), hex.Dump([]byte(want)))
	}
}

// chunks reads a packet.
func chunks(t *testing.T, b []byte) map[uint16][]byte {
	t.Helper()
	if len(b) < header || string(b[:4]) != "HEP3" || int(binary.BigEndian.Uint16(b[4:])) != len(b) {
		t.Fatalf("no packet: %q", b)
	}
	all := map[uint16][]byte{}
	for rest := b[header:]; len(rest) > 0; {
		n := int(binary.BigEndian.Uint16(rest[4:]))
		if n < header || n > len(rest) || rest[0] != 0 || rest[1] != 0 {
			t.Fatalf("no chunk: %q", rest)
		}
		all[binary.BigEndian.Uint16(rest[2:])] = rest[header:n]
		rest = rest[n:]
	}
	return all
}

func TestFamilies(t *testing.T) {
	for _, tt := range []struct {
		source, destination string
		family              byte
		from                string // hexadecimal
	}{
		{"192.0.2.1:1", "192.0.2.2:2", family4, "c0000201"},
		{"[2001:db8::1]:1", "[2001:db8::2]:2", family6, "20010db8000000000000000000000001"},
		{"192.0.2.1:1", "[2001:db8::2]:2", family6, "00000000000000000000ffffc0000201"},
		{"[::ffff:192.0.2.1]:1", "192.0.2.2:2", family4, "c0000201"},
	} {
		p := example
		p.Source, p.Destination, p.Stream = netip.MustParseAddrPort(tt.source), netip.MustParseAddrPort(tt.destination), true
		b, _ := Agent{}.Append(nil, p)
		got := chunks(t, b)
		from := append(got[chunkSource4], got[chunkSource6]...)
		if got[chunkFamily][0] != tt.family || hex.EncodeToString(from) != tt.from || got[chunkProtocol][0] != protocolTCP {
			t.Errorf("%s to %s: family %d, from %x", tt.source, tt.destination, got[chunkFamily][0], from)
		}
		if _, ok := got[chunkKey]; ok {
			t.Error("what there is not is left out")
		}
	}
	if b, ok := (Agent{}).Append(nil, Packet{Time: time.Unix(0, 0)}); !ok || chunks(t, b)[chunkFamily][0] != family6 {
		t.Errorf("without addresses: %x", b)
	}
}

func TestTooLong(t *testing.T) {
	p := example
	p.Payload = bytes.Repeat([]byte("x"), 65535)
	if b, ok := (Agent{}).Append([]byte("before"), p); ok || string(b) != "before" {
		t.Errorf("%d bytes are written", len(b))
	}
	for n := 65300; n < 65536; n++ { // around the limit: whole or not at all
		p.Payload = p.Payload[:n]
		if b, ok := (Agent{}).Append(nil, p); ok {
			if got := chunks(t, b)[chunkPayload]; len(got) != n {
				t.Fatalf("%d bytes of %d", len(got), n)
			}
		}
		p.Payload = p.Payload[:cap(p.Payload)]
	}
}

// TestAnything: whatever is captured, what leaves can be read, and says that.
func TestAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		p := example
		p.Payload = bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(3000))
		p.CallID = strings.Repeat("\xff", r.IntN(300))
		b, ok := Agent{ID: r.Uint32()}.Append(nil, p)
		got := chunks(t, b)
		if !ok || !bytes.Equal(got[chunkPayload], p.Payload) || string(got[chunkCorrelation]) != p.CallID {
			t.Fatalf("%d bytes and a Call-ID of %d become %d bytes", len(p.Payload), len(p.CallID), len(b))
		}
	}
}
