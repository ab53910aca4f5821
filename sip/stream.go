package sip

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// connectTimeout bounds setting up a TCP connection.
	connectTimeout = 5 * time.Second
	// writeTimeout bounds what a peer that does not read can hold up.
	writeTimeout = 5 * time.Second
)

// dialer makes the TCP connections. To sipgo it is a listener that accepts them, so that all connections, made and
// accepted, are ours to trace, to bound and to wait for.
type dialer struct {
	ua     *UserAgent
	serves func() // sipgo accepts
	group  singleflight.Group
	connc  chan net.Conn
	donec  chan struct{}
	close  func()
}

func newDialer(u *UserAgent) *dialer {
	u.pending.Add(1)
	d := &dialer{ua: u, serves: sync.OnceFunc(u.pending.Done), connc: make(chan net.Conn), donec: make(chan struct{})}
	d.close = sync.OnceFunc(func() { close(d.donec) })
	return d
}

func (d *dialer) Accept() (net.Conn, error) {
	d.serves()
	select {
	case c := <-d.connc:
		return c, nil
	case <-d.donec:
		return nil, net.ErrClosed
	}
}

func (d *dialer) Close() error {
	d.close()
	return nil
}

// Addr is a formality: nobody can connect here.
func (d *dialer) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }

// connect makes sure that there is a connection to dest (ip:port); callers at the same time share one. It blocks.
func (d *dialer) connect(dest string) error {
	_, err, _ := d.group.Do(dest, func() (any, error) {
		if d.connected(dest) {
			return nil, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
		defer cancel()
		nd := net.Dialer{LocalAddr: d.source()}
		conn, err := nd.DialContext(ctx, tcp, dest)
		if err != nil {
			return nil, err
		}
		s := d.ua.newStream(conn)
		select {
		case d.connc <- s:
		case <-d.donec:
			_ = s.Close() // nobody has it
			return nil, net.ErrClosed
		}
		<-s.readc // sipgo knows it now
		return nil, nil
	})
	return err
}

// source is the address that connections leave from: that of the TCP listener, so that a PBX that knows the gateway by
// its address knows it here too. nil where it listens everywhere.
func (d *dialer) source() net.Addr {
	listening, ok := d.ua.Addr(tcp).(*net.TCPAddr)
	if !ok || listening.IP.IsUnspecified() {
		return nil
	}
	return &net.TCPAddr{IP: listening.IP}
}

func (d *dialer) connected(dest string) bool {
	c, err := d.ua.transport.GetConnection(tcp, dest)
	if err != nil {
		return false
	}
	_, _ = c.TryClose() // gives the reference back
	return true
}

// stream is a TCP connection as sipgo sees it.
type stream struct {
	net.Conn
	ua    *UserAgent
	readc chan struct{} // closed when sipgo has begun to read
	reads func()
	ended func() // sipgo's reader is leaving
	heard framer // of what comes in, where somebody captures; sipgo's reader owns it
}

func (u *UserAgent) newStream(conn net.Conn) *stream {
	s := &stream{Conn: conn, ua: u, readc: make(chan struct{})}
	s.reads = sync.OnceFunc(func() { close(s.readc) })
	s.ended = sync.OnceFunc(func() {
		u.mu.Lock()
		delete(u.streams, s)
		u.mu.Unlock()
		if addr, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
			u.registrations.disconnected(addr)
		}
		u.live.Done()
	})
	u.live.Add(1)
	u.mu.Lock()
	u.streams[s] = struct{}{}
	u.mu.Unlock()
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	s.reads()
	n, err := s.Conn.Read(p)
	for err == nil && s.ua.deaf.Load() {
		n, err = s.Conn.Read(p)
	}
	if err != nil {
		s.ended()
	}
	if s.ua.cfg.Capture != nil {
		s.heard.feed(p[:n], func(message []byte) { s.ua.capture(tcp, s.RemoteAddr(), s.LocalAddr(), message) })
	}
	return n, err
}

// Write sends one message. A connection that takes no more is of no use to anybody, half a message even less.
func (s *stream) Write(p []byte) (int, error) {
	s.ua.traceData(tcp, s.RemoteAddr(), p)
	s.ua.capture(tcp, s.LocalAddr(), s.RemoteAddr(), p)
	_ = s.SetWriteDeadline(time.Now().Add(writeTimeout))
	n, err := s.Conn.Write(p)
	if err != nil {
		_ = s.Close() // the first error is the one to tell
	}
	return n, err
}

// Close ends the connection; sipgo's reader leaves, if it has not left already: it does so without reading on when the
// peer's bytes are no SIP.
func (s *stream) Close() error {
	err := s.Conn.Close()
	s.ended()
	return err
}

// closeStreams closes what sipgo may have missed.
func (u *UserAgent) closeStreams() {
	u.mu.Lock()
	streams := slices.Collect(maps.Keys(u.streams))
	u.mu.Unlock()
	for _, s := range streams {
		_ = s.Close() // it is of no use to anybody any more
	}
}
