package sip

import (
	"context"
	"fmt"
	"net"
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
		s.ua.capture(udp, s.LocalAddr(), from, false, p[:n])
		return n, from, nil
	}
}

func (s *socket) WriteTo(p []byte, to net.Addr) (int, error) {
	s.ua.traceData(udp, to, p)
	s.ua.capture(udp, s.LocalAddr(), to, true, p)
	return s.PacketConn.WriteTo(p, to)
}

// listener is our TCP or TLS listener as sipgo sees it: strangers are hung up on.
type listener struct {
	net.Listener
	ua      *UserAgent
	network string
	serves  func()
}

func (l *listener) Accept() (net.Conn, error) {
	l.serves()
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		switch {
		case !l.ua.peers.allowed(conn.RemoteAddr()):
			l.ua.drop()
		case l.ua.crowded(conn.RemoteAddr()):
			if first, before := l.ua.crowds.add(time.Now()); first {
				l.ua.cfg.Log.Warn("sip: too many connections from one host", "before", before)
			}
		default:
			return l.ua.accepted(conn, l.network), nil
		}
		_ = conn.Close() // nobody talks over it
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
	if l.Network != udp {
		t, err := lc.Listen(ctx, family(l), l.Address)
		if err != nil {
			return err
		}
		u.pending.Add(1)
		u.listeners = append(u.listeners, &listener{Listener: t, ua: u, network: l.Network, serves: sync.OnceFunc(u.pending.Done)})
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
	network := l.Network
	if network == secure {
		network = tcp
	}
	if host, _, err := net.SplitHostPort(l.Address); err == nil && strings.Contains(host, ":") {
		return network + "6"
	}
	return network + "4"
}

func (u *UserAgent) closeSockets() {
	for _, s := range u.sockets {
		s.PacketConn.Close()
	}
	for _, l := range u.listeners {
		l.Close()
	}
	for _, d := range u.dialers {
		_ = d.Close() // cannot fail
	}
}
