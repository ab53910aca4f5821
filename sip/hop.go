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

func newHop(network string, addr netip.AddrPort) hop {
	return hop{network, netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())}
}

// v6 reports whether the address is one of IPv6.
func (h hop) v6() bool { return h.addr.Addr().Is6() }

// portOf is what counts where an address has no port (https://www.rfc-editor.org/rfc/rfc3261#section-19.1.2).
func portOf(network string) int {
	if network == secure {
		return securePort
	}
	return defaultPort
}

// hopTo is the way back to where a message came from.
func hopTo(msg gosip.Message) hop {
	addr, _ := netip.ParseAddrPort(msg.Source()) // sipgo has written it
	return newHop(gosip.NetworkToLower(msg.Transport()), addr)
}

// String gives the address as sipgo wants it: ip:port.
func (h hop) String() string { return h.addr.String() }

// hopOf is the way that a request leaves.
func hopOf(req *gosip.Request) hop {
	addr, _ := netip.ParseAddrPort(req.Destination()) // direct has written it
	return hop{gosip.NetworkToLower(req.Transport()), addr}
}
