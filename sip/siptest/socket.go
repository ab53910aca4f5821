package siptest

import (
	"container/heap"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// socket is one address on a [Network]: a queue ordered by time of arrival.
type socket struct {
	network *Network
	at      netip.AddrPort
	addr    *net.UDPAddr

	mu       sync.Mutex
	queue    datagrams
	deadline time.Time
	closed   bool
	changedc chan struct{} // made by a waiting reader, closed by whoever changes the above
}

type datagram struct {
	due   time.Time
	order uint64
	from  net.Addr
	data  []byte
}

func newSocket(n *Network, at netip.AddrPort) *socket {
	return &socket{network: n, at: at, addr: net.UDPAddrFromAddrPort(at)}
}

var _ net.PacketConn = (*socket)(nil)

// ReadFrom waits for the next datagram. A datagram longer than p is cut off, as UDP does.
func (s *socket) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		d, wait, changedc, err := s.poll(time.Now())
		if err != nil {
			return 0, nil, &net.OpError{Op: "read", Net: "udp", Addr: s.addr, Err: err}
		}
		if changedc == nil {
			return copy(p, d.data), d.from, nil
		}
		await(changedc, wait)
	}
}

// poll returns a datagram that is due, or a Go channel to wait on and for how long at most (0: no limit).
func (s *socket) poll(now time.Time) (d datagram, wait time.Duration, changedc chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return d, 0, nil, net.ErrClosed
	case !s.deadline.IsZero() && !now.Before(s.deadline):
		return d, 0, nil, os.ErrDeadlineExceeded
	case len(s.queue) > 0 && !s.queue[0].due.After(now):
		return heap.Pop(&s.queue).(datagram), 0, nil, nil
	}
	next := s.deadline
	if len(s.queue) > 0 && (next.IsZero() || s.queue[0].due.Before(next)) {
		next = s.queue[0].due
	}
	if !next.IsZero() {
		wait = next.Sub(now)
	}
	if s.changedc == nil {
		s.changedc = make(chan struct{})
	}
	return d, wait, s.changedc, nil
}

// await returns when c is closed or, unless limit is 0, after limit.
func await(c <-chan struct{}, limit time.Duration) {
	if limit == 0 {
		<-c
		return
	}
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-c:
	case <-t.C:
	}
}

// changed wakes all waiting readers. s.mu is held.
func (s *socket) changed() {
	if s.changedc != nil {
		close(s.changedc)
		s.changedc = nil
	}
}

func (s *socket) push(d datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	heap.Push(&s.queue, d)
	s.changed()
}

// WriteTo never blocks. It fails on a closed socket and on an address that is not a UDP address.
func (s *socket) WriteTo(p []byte, to net.Addr) (int, error) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	udp, ok := to.(*net.UDPAddr)
	switch {
	case closed:
		return 0, &net.OpError{Op: "write", Net: "udp", Addr: s.addr, Err: net.ErrClosed}
	case !ok:
		return 0, fmt.Errorf("siptest: write to %v: not a UDP address", to)
	}
	at := udp.AddrPort()
	s.network.send(s, netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), p)
	return len(p), nil
}

// Close frees the address; readers and later calls get net.ErrClosed.
func (s *socket) Close() error {
	s.network.forget(s)

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	s.queue = nil
	s.changed()
	return nil
}

func (s *socket) LocalAddr() net.Addr { return s.addr }

func (s *socket) SetDeadline(t time.Time) error { return s.SetReadDeadline(t) }

// SetReadDeadline also applies to a ReadFrom that waits already.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.deadline = t
	s.changed()
	return nil
}

// SetWriteDeadline does nothing: writes do not wait.
func (s *socket) SetWriteDeadline(time.Time) error { return nil }

// datagrams is a heap ordered by arrival and then by order of sending.
type datagrams []datagram

func (d datagrams) Len() int      { return len(d) }
func (d datagrams) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d datagrams) Less(i, j int) bool {
	if d[i].due.Equal(d[j].due) {
		return d[i].order < d[j].order
	}
	return d[i].due.Before(d[j].due)
}
func (d *datagrams) Push(x any) { *d = append(*d, x.(datagram)) }
func (d *datagrams) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = datagram{}
	*d = (*d)[:last]
	return x
}
