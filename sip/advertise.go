package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// place is where we can be reached: by a network of one of the two families of addresses.
type place struct {
	network string
	v6      bool
}

// hostPort is a host, name or address, and a port.
type hostPort struct {
	host string
	port int
}

// advertised says what Via and Contact carry towards a hop. Where we do not listen there, it is another network's: over
// TCP and TLS the peer has the connection, and needs no more.
func (u *UserAgent) advertised(to hop) hostPort {
	for _, v6 := range []bool{to.v6(), !to.v6()} {
		for _, network := range []string{to.network, udp, tcp, secure} {
			h, ok := u.local[place{network, v6}]
			if ok && network != to.network && (to.network == secure || network == secure) {
				h.port = portOf(to.network)
			}
			if ok {
				return h
			}
		}
	}
	return hostPort{}
}

// Host is the name or address at which peers reach the user agent, without brackets.
func (u *UserAgent) Host() string { return strings.Trim(u.advertised(hop{network: udp}).host, "[]") }

// settle works out the advertised addresses once the sockets are open. The first of a network and family counts.
func (u *UserAgent) settle() error {
	u.local = map[place]hostPort{}
	for _, s := range u.sockets {
		if err := u.locate(udp, s.LocalAddr()); err != nil {
			return err
		}
	}
	for _, l := range u.listeners {
		if err := u.locate(l.network, l.Addr()); err != nil {
			return err
		}
	}
	return nil
}

func (u *UserAgent) locate(network string, addr net.Addr) error {
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return fmt.Errorf("sip: local address %s: %w", addr, err)
	}
	p := place{network, newHop(network, at).v6()}
	if _, ok := u.local[p]; ok {
		return nil
	}
	h := hostPort{host: uriHost(at.Addr().Unmap().String()), port: int(at.Port())}
	switch public := u.public(p.v6); {
	case public != "":
		host, port, err := splitAddress(public)
		if err != nil {
			return fmt.Errorf("sip: advertise: %w", err)
		}
		h.host = uriHost(host)
		if _, _, err := net.SplitHostPort(public); err == nil && network != secure { // it would be the port of no TLS
			h.port = port
		}
	case at.Addr().IsUnspecified():
		h.host = u.route(p.v6)
	}
	u.local[p] = h
	return nil
}

// public is what the configuration says of our address in a family; empty: nothing. A name is good for both.
func (u *UserAgent) public(v6 bool) string {
	if v6 && u.cfg.AdvertiseIPv6 != "" {
		return u.cfg.AdvertiseIPv6
	}
	host, _, _ := splitAddress(u.cfg.Advertise) // an error is told where it is used
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() != v6 {
		return ""
	}
	return u.cfg.Advertise
}

// anywhere and anywhere6 are addresses that are nobody's (https://www.rfc-editor.org/rfc/rfc5737#section-3,
// https://www.rfc-editor.org/rfc/rfc3849): the way there is the way out of this machine.
const (
	anywhere  = "192.0.2.1:9"
	anywhere6 = "[2001:db8::1]:9"
)

// route asks the kernel which of our addresses of a family the first trunk would see, or anybody, while no trunk has an
// address yet. Nothing is sent.
func (u *UserAgent) route(v6 bool) string {
	towards := []string{}
	for i := range u.cfg.Trunks {
		for _, h := range u.peers.hops(&u.cfg.Trunks[i]) {
			if h.v6() == v6 {
				towards = append(towards, h.String())
			}
		}
	}
	last, loopback := anywhere, "127.0.0.1"
	if v6 {
		last, loopback = anywhere6, "[::1]"
	}
	for _, address := range append(towards, last) {
		if c, err := net.Dial(udp, address); err == nil {
			_ = c.Close() // nothing was sent
			return uriHost(hostOf(c.LocalAddr()).String())
		}
	}
	return loopback
}

// localAddr is where the first socket of a network and family is.
func (u *UserAgent) localAddr(network string, v6 bool) (netip.AddrPort, bool) {
	var at []net.Addr
	for _, s := range u.sockets {
		if network == udp {
			at = append(at, s.LocalAddr())
		}
	}
	for _, l := range u.listeners {
		if l.network == network {
			at = append(at, l.Addr())
		}
	}
	for _, a := range at {
		if addr, err := netip.ParseAddrPort(a.String()); err == nil && newHop(network, addr).v6() == v6 {
			return addr, true
		}
	}
	return netip.AddrPort{}, false
}
