package siptest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// peer is where a message came from and where the answer goes: the same way back (RFC 3581).
type peer struct {
	packets net.PacketConn // nil for a stream
	stream  net.Conn
	addr    net.Addr
}

// reliable tells whether the transport repeats for us.
func (r peer) reliable() bool { return r.stream != nil }

func (r peer) transport() string {
	if _, secure := r.stream.(*tls.Conn); secure {
		return "TLS"
	}
	if r.reliable() {
		return "TCP"
	}
	return "UDP"
}

// contact is a URI at the PBX that is reached like this, with the scheme of a Request-URI.
func (r peer) contact(scheme, user, address string) string {
	uri := scheme + ":" + user + "@" + address
	if r.reliable() && scheme != "sips" {
		uri += ";transport=" + strings.ToLower(r.transport())
	}
	return uri
}

// hostPort is the observed source address, for received and rport.
func (r peer) hostPort() (host, port string) {
	if u, ok := r.addr.(*net.UDPAddr); ok {
		return u.IP.String(), strconv.Itoa(u.Port)
	}
	host, port, _ = net.SplitHostPort(r.addr.String())
	return host, port
}

// wire is a message ready to be sent, again and again. The message itself is kept for the trace only.
type wire struct {
	message gosip.Message
	data    []byte
}

func (p *PBX) newWire(m gosip.Message) wire {
	var b bytes.Buffer
	b.Grow(1024)
	m.StringWrite(&b)
	if p.config.Trace == nil {
		m = nil
	}
	return wire{m, b.Bytes()}
}

// transmit sends a message. Errors are of no interest: the other side will notice that nothing came. p.mu is held.
func (p *PBX) transmit(to peer, messages ...wire) {
	if p.closed {
		return
	}
	if p.config.Trace != nil {
		for _, m := range messages {
			p.config.Trace(Trace{At: time.Now(), Sent: true, Peer: to.addr.String(), Message: m.message})
		}
	}
	if !to.reliable() {
		for _, m := range messages {
			_, _ = to.packets.WriteTo(m.data, to.addr)
		}
		return
	}
	var together []byte
	for _, m := range messages {
		together = append(together, m.data...)
	}
	_ = to.stream.SetWriteDeadline(time.Now().Add(T2)) // a peer that does not read must not hold the lock for ever
	_, _ = to.stream.Write(together)
}

// repeat is transmit for something sent before. p.mu is held.
func (p *PBX) repeat(to peer, m wire) {
	p.stats.Repeated++
	p.transmit(to, m)
}

func (p *PBX) readPackets(c net.PacketConn) error {
	buf := make([]byte, 1<<16)
	for {
		n, addr, err := c.ReadFrom(buf)
		if err != nil {
			return unlessClosed(err)
		}
		if len(bytes.Trim(buf[:n], "\r\n\x00")) == 0 {
			continue // keep-alive (RFC 5626 section 4.4.1)
		}
		m, err := p.parser.ParseSIP(buf[:n])
		p.receive(peer{packets: c, addr: addr}, m, err)
	}
}

func (p *PBX) accept(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return unlessClosed(err)
		}
		if p.keep(c) {
			p.readers.Go(func() { p.readStream(c) })
		}
	}
}

// keep remembers a stream so that close can end its reader; false when the PBX has closed already.
func (p *PBX) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = c.Close()
		return false
	}
	p.streams[c] = struct{}{}
	return true
}

func (p *PBX) readStream(c net.Conn) {
	from := peer{stream: c, addr: c.RemoteAddr()}
	parser := p.parser.NewSIPStream()
	defer parser.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			_ = parser.ParseSIPStream(buf[:n], func(m gosip.Message) { p.receive(from, m, nil) })
		}
		if err != nil {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.streams, c)
	_ = c.Close()
}

// receive is the one way in.
func (p *PBX) receive(from peer, m gosip.Message, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if err == nil {
		err = complete(m)
	}
	if err != nil {
		p.complain("message from %s does not parse: %v", from.addr, err)
		return
	}
	if p.config.Trace != nil {
		p.config.Trace(Trace{At: time.Now(), Peer: from.addr.String(), Message: m})
	}
	switch m := m.(type) {
	case *gosip.Request:
		p.receiveRequest(from, m)
	case *gosip.Response:
		p.receiveResponse(m)
	}
}

// complete checks for what everything else relies on (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.1).
func complete(m gosip.Message) error {
	if m.Via() == nil || m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil {
		return errors.New("a mandatory header is missing")
	}
	return nil
}

func unlessClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
