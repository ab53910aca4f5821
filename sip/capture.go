package sip

import (
	"bytes"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Packet is one SIP message as it crosses a socket, byte for byte; over TLS, inside of it.
type Packet struct {
	Time                time.Time
	Network             string // "udp", "tcp" or "tls"
	Source, Destination netip.AddrPort
	CallID              string
	Data                []byte // valid, and not to be changed, while Config.Capture has it
}

// capture shows a message to whoever captures, if anybody does. Keep-alives are none.
func (u *UserAgent) capture(network string, source, destination net.Addr, data []byte) {
	if u.cfg.Capture == nil || !bytes.Contains(firstLine(data), []byte("SIP/2.0")) {
		return
	}
	u.cfg.Capture(Packet{
		Time: time.Now(), Network: network, Source: u.whole(network, source), Destination: u.whole(network, destination),
		CallID: callIDOf(data), Data: data,
	})
}

// whole is an address; where we listen everywhere, the one at which we are known.
func (u *UserAgent) whole(network string, a net.Addr) netip.AddrPort {
	at, _ := netip.ParseAddrPort(a.String())
	if at.Addr().IsUnspecified() {
		if ip, err := netip.ParseAddr(strings.Trim(u.advertised(network).host, "[]")); err == nil {
			at = netip.AddrPortFrom(ip, at.Port())
		}
	}
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

func firstLine(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte("\r\n"))
	return line
}

// callIDOf finds the Call-ID in a message; empty: it has none.
func callIDOf(data []byte) string { return field(data, "call-id", "i") }

// field is the value of the first header field of a message with one of these names, which are lower case.
func field(data []byte, names ...string) string {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		for _, want := range names {
			if ok && string(bytes.ToLower(bytes.TrimSpace(name))) == want {
				return string(bytes.TrimSpace(value))
			}
		}
	}
	return ""
}

// longestKept bounds what a framer keeps of a message that is not complete.
const longestKept = 128 << 10

// framer finds the messages in what a stream brings (https://www.rfc-editor.org/rfc/rfc3261#section-18.3). It gives up, for good,
// where there is too much, or what has no length.
type framer struct {
	kept []byte
	lost bool
}

// feed takes what was read, and shows each message that is complete with it.
func (f *framer) feed(data []byte, show func(message []byte)) {
	if f.lost {
		return
	}
	f.kept = append(f.kept, data...)
	for {
		f.kept = bytes.TrimLeft(f.kept, "\r\n") // keep-alives
		end := bytes.Index(f.kept, []byte("\r\n\r\n"))
		if end < 0 {
			break
		}
		length, err := strconv.Atoi(field(f.kept, "content-length", "l"))
		if err != nil || length < 0 || length > longestKept {
			f.lost = true
			break
		}
		whole := end + len("\r\n\r\n") + length
		if len(f.kept) < whole {
			break
		}
		show(f.kept[:whole])
		f.kept = f.kept[whole:]
	}
	if f.lost || len(f.kept) > 2*longestKept {
		f.kept, f.lost = nil, true
	} else if len(f.kept) == 0 {
		f.kept = nil
	}
}
