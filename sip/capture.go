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
func (u *UserAgent) capture(network string, local, remote net.Addr, out bool, data []byte) {
	if u.cfg.Capture == nil || !bytes.Contains(firstLine(data), []byte("SIP/2.0")) {
		return
	}
	theirs := addressOf(remote)
	ours := u.known(addressOf(local), newHop(network, theirs))
	p := Packet{Time: time.Now(), Network: network, Source: theirs, Destination: ours, CallID: field(data, "call-id", "i"), Data: data}
	if out {
		p.Source, p.Destination = ours, theirs
	}
	u.cfg.Capture(p)
}

func addressOf(a net.Addr) netip.AddrPort {
	at, _ := netip.ParseAddrPort(a.String()) // of all our networks it is one
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// known is a local address; where we listen everywhere, the one that a peer knows us by.
func (u *UserAgent) known(at netip.AddrPort, peer hop) netip.AddrPort {
	if !at.Addr().IsUnspecified() {
		return at
	}
	ip, err := netip.ParseAddr(strings.Trim(u.advertised(peer).host, "[]"))
	if err != nil { // a name
		return at
	}
	return netip.AddrPortFrom(ip, at.Port())
}

func firstLine(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte("\r\n"))
	return line
}

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
