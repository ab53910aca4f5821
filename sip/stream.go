package sip

import (
	"crypto/tls"
	"errors"
	"maps"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// stream is a TCP or TLS connection as sipgo sees it.
type stream struct {
	net.Conn
	ua       *UserAgent
	to       hop
	settings TLS // of the trunk that it was made for
	pulse    pulse
	greeted  bool // its handshake is over, or there is none
	wrote    atomic.Int64
	readc    chan struct{} // closed when sipgo has begun to read
	reads    func()
	ended    func() // sipgo's reader is leaving
	heard    framer // of what comes in, where somebody captures; sipgo's reader owns it
}

func (u *UserAgent) newStream(conn net.Conn, to hop) *stream {
	s := &stream{Conn: conn, ua: u, to: to, greeted: true, readc: make(chan struct{}), pulse: pulse{chance: u.chance}}
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

// mostStreams is how many connections a host may have with us that it has made.
const mostStreams = 256

// crowded reports that a host has them all.
func (u *UserAgent) crowded(addr net.Addr) bool {
	host, n := hostOf(addr), 0
	u.mu.Lock()
	defer u.mu.Unlock()
	for s := range u.streams {
		if s.pulse.theirs && s.to.addr.Addr() == host {
			n++
		}
	}
	return n >= mostStreams
}

// accepted is a connection that a peer has made.
func (u *UserAgent) accepted(conn net.Conn, network string) *stream {
	addr, _ := netip.ParseAddrPort(conn.RemoteAddr().String()) // of TCP it is one
	s := u.newStream(conn, newHop(network, addr))
	u.mu.Lock()
	s.pulse.theirs = true // crowded looks
	u.mu.Unlock()
	if network == secure {
		s.Conn, s.greeted = u.shown.server(conn), false
	}
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	select {
	case <-s.readc:
	default:
		s.pulse.begin(time.Now())
		s.reads()
	}
	n, err := s.next(p)
	for err == nil && s.ua.deaf.Load() {
		n, err = s.next(p)
	}
	if err != nil {
		if text := alert(err); text != "" { // in TLS 1.3 we are refused when all is done
			s.ua.note(s.to, handshakeError{err}.Error())
		}
		s.ended()
	}
	if s.ua.cfg.Capture != nil {
		s.heard.feed(p[:n], func(message []byte) { s.ua.capture(s.to.network, s.LocalAddr(), s.RemoteAddr(), false, message) })
	}
	return n, err
}

var errSilent = errors.New("nothing heard for too long")

// next reads on, and meanwhile does what the pulse wants.
func (s *stream) next(p []byte) (int, error) {
	if conn, ok := s.Conn.(*tls.Conn); ok && !s.greeted {
		s.greeted = true
		if err := greet(conn); err != nil {
			if first, before := s.ua.shakes.add(time.Now()); first {
				s.ua.cfg.Log.Warn("sip: connection not taken", "error", err, "before", before)
			}
			return 0, err
		}
	}
	for {
		now, wrote := time.Now(), time.Unix(0, s.wrote.Load())
		ping, over := s.pulse.tick(now, wrote)
		if over {
			_ = s.Close() // nobody is there
			return 0, errSilent
		}
		if ping {
			// https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1
			if _, err := s.Write([]byte("\r\n\r\n")); err != nil {
				return 0, err
			}
		}
		if err := s.SetReadDeadline(s.pulse.due(wrote)); err != nil {
			return 0, err
		}
		n, err := s.Conn.Read(p)
		if n > 0 {
			s.pulse.hear(time.Now(), p[:n])
		}
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
}

// Write sends one message. A connection that takes no more is of no use to anybody, half a message even less.
func (s *stream) Write(p []byte) (int, error) {
	s.ua.traceData(s.to.network, s.RemoteAddr(), p)
	s.ua.capture(s.to.network, s.LocalAddr(), s.RemoteAddr(), true, p)
	_ = s.SetWriteDeadline(time.Now().Add(writeTimeout))
	n, err := s.Conn.Write(p)
	s.wrote.Store(time.Now().UnixNano())
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
