package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// receiveBuffer is what the kernel may keep for us: its default of 208 KiB loses datagrams from 5000 calls/s on.
const receiveBuffer = 4 << 20

// socket is our UDP socket as sipgo sees it: strangers' datagrams never get there, and a trace sees what leaves.
type socket struct {
	net.PacketConn
	ua     *UserAgent
	serves func() // sipgo has begun to read: from now on the socket can be sent from

	unread unread
	last   net.Addr // who sent the datagram before; sipgo's reader owns it, as the next one
	length int
}

func (s *socket) ReadFrom(p []byte) (int, net.Addr, error) {
	s.serves()
	if s.unread.take() {
		s.reject(p[:s.length], s.last) // sipgo reads into the same buffer again
	}
	for {
		n, from, err := s.PacketConn.ReadFrom(p)
		if err != nil {
			return n, from, err
		}
		if s.ua.deaf.Load() {
			continue
		}
		if !s.ua.peers.allowed(from) {
			s.ua.drop()
			continue
		}
		s.last, s.length = from, n
		s.unread.given(from)
		s.ua.capture(udp, from, s.LocalAddr(), p[:n])
		return n, from, nil
	}
}

func (s *socket) WriteTo(p []byte, to net.Addr) (int, error) {
	s.ua.traceData(udp, to, p)
	s.ua.capture(udp, s.LocalAddr(), to, p)
	return s.PacketConn.WriteTo(p, to)
}

// listener is our TCP listener as sipgo sees it: strangers are hung up on.
type listener struct {
	net.Listener
	ua     *UserAgent
	serves func()
}

func (l *listener) Accept() (net.Conn, error) {
	l.serves()
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.ua.peers.allowed(conn.RemoteAddr()) {
			return l.ua.newStream(conn), nil
		}
		l.ua.drop()
		_ = conn.Close() // a stranger's
	}
}

// drop counts something from a stranger and says so once per burst.
func (u *UserAgent) drop() {
	u.dropped.Add(1)
	if first, before := u.strangers.add(time.Now()); first {
		u.cfg.Log.Warn("sip: dropped what came from no trunk", "before", before)
	}
}

// listen opens the sockets of the configuration. What it opened before a failure is closed again.
func (u *UserAgent) listen(ctx context.Context) (err error) {
	defer func() {
		if err != nil {
			u.closeSockets()
		}
	}()
	if u.cfg.PacketConn != nil {
		u.addSocket(u.cfg.PacketConn)
	}
	for _, l := range u.cfg.Listen {
		if err := u.open(ctx, l); err != nil {
			return fmt.Errorf("sip: listen %s %s: %w", l.Network, l.Address, err)
		}
	}
	return nil
}

func (u *UserAgent) open(ctx context.Context, l Listen) error {
	var lc net.ListenConfig
	if l.Network == tcp {
		t, err := lc.Listen(ctx, family(l), l.Address)
		if err != nil {
			return err
		}
		u.pending.Add(1)
		u.listeners = append(u.listeners, &listener{Listener: t, ua: u, serves: sync.OnceFunc(u.pending.Done)})
		return nil
	}
	c, err := lc.ListenPacket(ctx, family(l), l.Address)
	if err != nil {
		return err
	}
	u.addSocket(c)
	if b, ok := c.(interface{ SetReadBuffer(int) error }); ok {
		return b.SetReadBuffer(receiveBuffer)
	}
	return nil
}

func (u *UserAgent) addSocket(c net.PacketConn) {
	u.pending.Add(1)
	u.sockets = append(u.sockets, &socket{PacketConn: c, ua: u, serves: sync.OnceFunc(u.pending.Done)})
}

// family avoids dual-stack sockets: their local address is not the one that sipgo looks connections up by.
func family(l Listen) string {
	if host, _, err := net.SplitHostPort(l.Address); err == nil && strings.Contains(host, ":") {
		return l.Network + "6"
	}
	return l.Network + "4"
}

func (u *UserAgent) closeSockets() {
	for _, s := range u.sockets {
		s.PacketConn.Close()
	}
	for _, l := range u.listeners {
		l.Close()
	}
	_ = u.dialer.Close() // cannot fail
}

// advertised says what Via and Contact carry for a network.
func (u *UserAgent) advertised(network string) hostPort {
	for _, n := range []string{network, udp, tcp} {
		if h, ok := u.local[n]; ok {
			return h
		}
	}
	return hostPort{}
}

// Host is the name or address at which peers reach the user agent, without brackets.
func (u *UserAgent) Host() string { return strings.Trim(u.advertised(udp).host, "[]") }

// hostPort is a host, name or address, and a port.
type hostPort struct {
	host string
	port int
}

// settle works out the advertised addresses once the sockets are open.
func (u *UserAgent) settle() error {
	u.local = map[string]hostPort{}
	note := func(network string, addr net.Addr) error {
		if _, ok := u.local[network]; ok {
			return nil
		}
		at, err := netip.ParseAddrPort(addr.String())
		if err != nil {
			return fmt.Errorf("sip: local address %s: %w", addr, err)
		}
		h := hostPort{host: uriHost(at.Addr().String()), port: int(at.Port())}
		switch {
		case u.cfg.Advertise != "":
			host, port, err := splitAddress(u.cfg.Advertise)
			if err != nil {
				return fmt.Errorf("sip: advertise: %w", err)
			}
			h.host = uriHost(host)
			if _, _, err := net.SplitHostPort(u.cfg.Advertise); err == nil {
				h.port = port
			}
		case at.Addr().IsUnspecified():
			h.host = u.route()
		}
		u.local[network] = h
		return nil
	}
	for _, s := range u.sockets {
		if err := note(udp, s.LocalAddr()); err != nil {
			return err
		}
	}
	for _, l := range u.listeners {
		if err := note(tcp, l.Addr()); err != nil {
			return err
		}
	}
	return nil
}

// anywhere is an address that is nobody's (https://www.rfc-editor.org/rfc/rfc5737#section-3): the way there is the way
// out of this machine.
const anywhere = "192.0.2.1:9"

// route asks the kernel which of our addresses the first trunk would see, or anybody, while no trunk has an address
// yet. Nothing is sent.
func (u *UserAgent) route() string {
	towards := []string{}
	for _, t := range u.cfg.Trunks {
		if addr, ok := u.peers.trunk(t.Name); ok {
			towards = append(towards, addr.String())
		}
	}
	for _, address := range append(towards, anywhere) {
		if c, err := net.Dial(udp, address); err == nil {
			_ = c.Close() // nothing was sent
			return uriHost(hostOf(c.LocalAddr()).String())
		}
	}
	return "127.0.0.1"
}
