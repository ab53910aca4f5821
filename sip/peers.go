package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	lookupTimeout  = 3 * time.Second
	lookupInterval = time.Minute
	lookupSoon     = 5 * time.Second // while a trunk's name does not resolve: it may be about to start
)

// peers knows the trunks' addresses, and with them whom we listen to.
type peers struct {
	mu     sync.RWMutex
	trunks map[string]netip.AddrPort // by name; absent while its name does not resolve
	names  map[netip.AddrPort]string
	hosts  map[netip.Addr]string
	held   map[netip.Addr]int // next hops of live dialogs that are no trunks, and by how many
}

func newPeers() *peers {
	return &peers{trunks: map[string]netip.AddrPort{}, held: map[netip.Addr]int{}}
}

// lookUp finds the addresses of all trunks anew. A trunk whose name does not resolve keeps the address it had.
func (p *peers) lookUp(ctx context.Context, trunks []Trunk) error {
	found := map[string]netip.AddrPort{}
	var failed error
	for _, t := range trunks {
		addr, err := lookUp(ctx, t)
		if err != nil {
			failed = fmt.Errorf("sip: trunk %q: %w", t.Name, err)
			continue
		}
		found[t.Name] = addr
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names, p.hosts = map[netip.AddrPort]string{}, map[netip.Addr]string{}
	for _, t := range slices.Backward(trunks) { // of those at one address the first counts
		if addr, ok := found[t.Name]; ok {
			p.trunks[t.Name] = addr
		}
		if addr, ok := p.trunks[t.Name]; ok {
			p.names[addr] = t.Name
			p.hosts[addr.Addr()] = t.Name
		}
	}
	return failed
}

func lookUp(ctx context.Context, t Trunk) (netip.AddrPort, error) {
	host, port, err := splitAddressFor(t.Transport, t.nextHop())
	if err != nil {
		return netip.AddrPort{}, err
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(ip.Unmap(), uint16(port)), nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout) // each its own: a name that hangs must not take the others' time
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(ips[0].Unmap(), uint16(port)), nil
}

// named reports whether any trunk's address has to be looked up.
func named(trunks []Trunk) bool {
	for _, t := range trunks {
		host, _, _ := splitAddress(t.nextHop())
		if _, err := netip.ParseAddr(host); err != nil {
			return true
		}
	}
	return false
}

func (p *peers) trunk(name string) (netip.AddrPort, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	a, ok := p.trunks[name]
	return a, ok
}

// allowed reports whether something from addr may reach the parser.
func (p *peers) allowed(addr net.Addr) bool {
	ip := hostOf(addr)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.hosts[ip] != "" || p.held[ip] > 0
}

// hold lets a dialog's next hop in until release.
func (p *peers) hold(ip netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[ip]++
}

func (p *peers) release(ip netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[ip]--; p.held[ip] == 0 {
		delete(p.held, ip)
	}
}

// name gives the trunk at an address, or the address itself.
func (p *peers) name(address string) string {
	if n := p.at(address); n != "" {
		return n
	}
	return address
}

// at gives the trunk that speaks from an address, be it from another port than we speak to; empty: none.
func (p *peers) at(address string) string {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return ""
	}
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	p.mu.RLock()
	defer p.mu.RUnlock()
	if n := p.names[addr]; n != "" {
		return n
	}
	return p.hosts[addr.Addr()]
}

func hostOf(addr net.Addr) netip.Addr {
	switch a := addr.(type) {
	case *net.UDPAddr:
		return a.AddrPort().Addr().Unmap()
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
