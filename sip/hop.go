package sip

import (
	"net/netip"

	gosip "github.com/emiago/sipgo/sip"
)

// hop is where a message goes next: an address and the way there.
type hop struct {
	network string // "udp", "tcp" or "tls"
	addr    netip.AddrPort
}

// String gives the address as sipgo wants it: ip:port.
func (h hop) String() string { return h.addr.String() }

// hopOf is the way that a request leaves.
func hopOf(req *gosip.Request) hop {
	addr, _ := netip.ParseAddrPort(req.Destination()) // direct has written it
	return hop{gosip.NetworkToLower(req.Transport()), addr}
}
