package siptest

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// firstEphemeralPort is where the network starts to hand out ports for addresses with port 0.
const firstEphemeralPort = 49152

// An Observer sees one datagram at the moment it is sent, also when the network then loses it. It must not keep or
// change data, must not block and must not call back into the Network.
type Observer func(at time.Time, from, to net.Addr, data []byte)

// A Link describes what happens to datagrams on their way in one direction. The zero Link is perfect: nothing is
// lost, everything arrives at once and in order.
type Link struct {
	// Latency is added to every datagram.
	Latency time.Duration
	// Jitter adds up to this much more to every datagram. Jitter alone does not change the order.
	Jitter time.Duration
	// Loss, Duplicate and Reorder are probabilities between 0 and 1. A reordered datagram lets the later ones overtake
	// it by as much as ReorderBy, or 20 ms when that is 0.
	Loss, Duplicate, Reorder float64
	ReorderBy                time.Duration
	// Drop, when set, loses each datagram for which it returns true: a fault chosen by hand. Duplicates are not asked
	// about. It runs with the network's lock held.
	Drop func(data []byte) bool
}

// Network is an in-memory UDP network. Writers never block and queues have no limit. All chance comes from the seed,
// separately for each direction between two addresses, so what happens on a link depends only on the seed and on the
// order of the datagrams on that link.
//
// Concurrency: safe for concurrent use; no goroutines of its own.
type Network struct {
	seed uint64

	mu       sync.Mutex
	sockets  map[netip.AddrPort]*socket
	links    map[direction]*link
	defaults Link
	observer Observer
	sent     uint64 // orders datagrams due at the same instant
}

type direction struct{ from, to netip.AddrPort }

// link is one direction between two sockets with its own chance and the time the last ordered datagram arrives.
type link struct {
	Link
	rand *rand.Rand
	last time.Time
}

// NewNetwork returns an empty network. The same seed gives the same losses.
func NewNetwork(seed uint64) *Network {
	return &Network{seed: seed, sockets: map[netip.AddrPort]*socket{}, links: map[direction]*link{}}
}

// Observe sets the observer of everything sent from now on; nil switches it off.
func (n *Network) Observe(o Observer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.observer = o
}

// SetDefault sets the link between all pairs of addresses that have none of their own. Links that have carried
// something keep their chance and take the new description.
func (n *Network) SetDefault(l Link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.defaults = l
	for _, k := range n.links {
		k.Link = l
	}
}

// SetLink sets the link from one address to another ("192.0.2.10:5060"), in this direction only. It fails on an
// address that is not an IP address with a port.
func (n *Network) SetLink(from, to string, l Link) error {
	f, err := netip.ParseAddrPort(from)
	if err != nil {
		return fmt.Errorf("siptest: link from: %w", err)
	}
	t, err := netip.ParseAddrPort(to)
	if err != nil {
		return fmt.Errorf("siptest: link to: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.link(direction{f, t}).Link = l
	return nil
}

// Listen opens a socket at an address such as "192.0.2.10:5060"; port 0 chooses a free port. Like a real socket it
// fails when the address is in use. Datagrams to an address nobody listens at are lost without notice.
func (n *Network) Listen(addr string) (net.PacketConn, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("siptest: listen: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for port := uint16(firstEphemeralPort); at.Port() == 0; port++ {
		if free := netip.AddrPortFrom(at.Addr(), port); n.sockets[free] == nil {
			at = free
		}
	}
	if n.sockets[at] != nil {
		return nil, fmt.Errorf("siptest: listen %s: address already in use", at)
	}
	s := newSocket(n, at)
	n.sockets[at] = s
	return s, nil
}

// MustListen is [Network.Listen] for addresses written in the program text: it panics where Listen fails.
func (n *Network) MustListen(addr string) net.PacketConn {
	c, err := n.Listen(addr)
	if err != nil {
		panic(err)
	}
	return c
}

// Spoof sends a datagram that claims to come from an address, whoever listens there.
func (n *Network) Spoof(from, to string, data []byte) error {
	f, err := netip.ParseAddrPort(from)
	if err != nil {
		return fmt.Errorf("siptest: spoof: %w", err)
	}
	t, err := netip.ParseAddrPort(to)
	if err != nil {
		return fmt.Errorf("siptest: spoof: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.sockets[t]; s != nil {
		n.sent++
		s.push(datagram{due: time.Now(), order: n.sent, from: net.UDPAddrFromAddrPort(f), data: append([]byte(nil), data...)})
	}
	return nil
}

// forget frees the address of a closed socket, unless somebody else listens there by now.
func (n *Network) forget(s *socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sockets[s.at] == s {
		delete(n.sockets, s.at)
	}
}

// link returns the link of a direction and makes it on first use. n.mu is held.
func (n *Network) link(d direction) *link {
	l := n.links[d]
	if l == nil {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s>%s", d.from, d.to)
		l = &link{Link: n.defaults, rand: rand.New(rand.NewPCG(n.seed, h.Sum64()))}
		n.links[d] = l
	}
	return l
}

// send puts a datagram on its link and, by chance, into the receiver's queue.
func (n *Network) send(from *socket, to netip.AddrPort, data []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	if n.observer != nil {
		n.observer(now, from.addr, net.UDPAddrFromAddrPort(to), data)
	}
	receiver := n.sockets[to]
	for _, due := range n.link(direction{from.at, to}).carry(now, data) {
		if receiver == nil {
			continue
		}
		n.sent++
		receiver.push(datagram{due: due, order: n.sent, from: from.addr, data: append([]byte(nil), data...)})
	}
}

// carry says when each copy of a datagram sent now arrives; none when it is lost. It draws the same number of random
// values for every datagram, so that one loss more does not shift all that follows.
func (l *link) carry(now time.Time, data []byte) []time.Time {
	loss, twice := l.rand.Float64(), l.rand.Float64()
	first, second := l.delay(), l.delay()
	if loss < l.Loss || l.Drop != nil && l.Drop(data) {
		return nil
	}
	arrivals := []time.Time{l.arrival(now, first)}
	if twice < l.Duplicate {
		arrivals = append(arrivals, l.arrival(now, second))
	}
	return arrivals
}

// delay is what one copy of a datagram suffers.
type delay struct {
	jitter    time.Duration
	reordered bool
}

func (l *link) delay() delay {
	jitter, late := l.rand.Float64(), l.rand.Float64()
	return delay{jitter: time.Duration(jitter * float64(l.Jitter)), reordered: late < l.Reorder}
}

// arrival is when a datagram sent now reaches the other side: not before its predecessor, unless it is reordered.
func (l *link) arrival(now time.Time, d delay) time.Time {
	due := now.Add(l.Latency + d.jitter)
	if due.Before(l.last) {
		due = l.last
	}
	if d.reordered {
		return due.Add(cmp.Or(l.ReorderBy, 20*time.Millisecond))
	}
	l.last = due
	return due
}
