package sip

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tieline/sip/locate"
)

// peers knows where trunks and the next hops of dialogs are, and with them whom we listen to.
type peers struct {
	// settings
	find     finder
	chance   func(n int) int
	restTime time.Duration // for how long an address is tried last after it failed

	// in
	wakec chan struct{} // somebody needs an address

	// state
	mu      sync.RWMutex
	order   []string // trunks, the first to be named first
	trunks  map[string]*location
	places  map[locate.Target]*location // all of them
	names   map[netip.AddrPort]string
	hosts   map[netip.Addr]string
	near    map[netip.Addr]bool // everybody's addresses
	held    map[netip.Addr]int  // next hops of live dialogs that are no trunks, and by how many
	resting map[hop]time.Time   // addresses that failed, until when they are tried last
}

// location is something that is to be located, and where it is. It may be a trunk, and the next hop of dialogs.
type location struct {
	target  locate.Target
	route   locate.Route // without ranks while nothing is known
	due     time.Time    // when it is looked up again; zero: never
	failing bool         // the latest look-up did
	trunk   string       // the first trunk that is there; empty: none
	dialogs int          // and registrations that need it
}

func newPeers(find finder, chance func(n int) int, restTime time.Duration) *peers {
	return &peers{
		find: find, chance: chance, restTime: restTime, wakec: make(chan struct{}, 1), trunks: map[string]*location{},
		places: map[locate.Target]*location{}, held: map[netip.Addr]int{}, resting: map[hop]time.Time{},
	}
}

// add makes a trunk known: its addresses are due to be looked up. Of those at one address the first counts.
func (p *peers) add(name string, t locate.Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order = append(p.order, name)
	p.trunks[name] = p.place(t)
	p.trunks[name].trunk = cmp.Or(p.trunks[name].trunk, name)
}

// place finds or begins a location. p.mu is held.
func (p *peers) place(t locate.Target) *location {
	at := p.places[t]
	if at == nil {
		at = &location{target: t, due: time.Now()}
		p.places[t] = at
		select {
		case p.wakec <- struct{}{}:
		default: // it is known already
		}
	}
	return at
}

// rebuild works out who is known. p.mu is held.
func (p *peers) rebuild() {
	p.names, p.hosts, p.near = map[netip.AddrPort]string{}, map[netip.Addr]string{}, map[netip.Addr]bool{}
	for _, at := range p.places {
		for _, h := range at.route.Hops() {
			p.near[h.Addr.Addr()] = true
		}
	}
	for _, name := range slices.Backward(p.order) {
		for _, h := range p.trunks[name].route.Hops() {
			p.names[h.Addr] = name
			p.hosts[h.Addr.Addr()] = name
		}
	}
}

// hops are the ways to a trunk in the order in which one request tries them, drawn anew each time; those that failed lately
// are the last. None while its name does not resolve.
func (p *peers) hops(t *Trunk) []hop {
	p.mu.RLock()
	defer p.mu.RUnlock()
	at := p.trunks[t.Name]
	if at == nil {
		return nil
	}
	return p.awakeFirst(at.route.Order(p.chance))
}

// back is the way to a trunk for a call that came from an address of it.
func (p *peers) back(t *Trunk, source string) hop {
	ways := p.hops(t)
	from, _ := netip.ParseAddrPort(source)
	for _, h := range ways {
		if h.addr.Addr() == from.Addr().Unmap() {
			return h
		}
	}
	if len(ways) > 0 {
		return ways[0]
	}
	return hop{}
}

// awakeFirst puts those that failed lately behind the others. p.mu is held.
func (p *peers) awakeFirst(found []locate.Hop) []hop {
	now := time.Now()
	var awake, resting []hop
	for _, f := range found {
		if h := (hop{f.Network, f.Addr}); p.resting[h].After(now) {
			resting = append(resting, h)
		} else {
			awake = append(awake, h)
		}
	}
	return append(awake, resting...)
}

// rest has an address that failed tried last for a while: as long as it has asked for, or else as long as a trunk would be
// left alone (https://www.rfc-editor.org/rfc/rfc3263#section-4.3).
func (p *peers) rest(now time.Time, h hop, asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other, until := range p.resting {
		if !until.After(now) {
			delete(p.resting, other)
		}
	}
	if d := max(asked, p.restTime); d > 0 {
		p.resting[h] = now.Add(d)
	}
}

// wake ends that: it has answered.
func (p *peers) wake(h hop) {
	p.mu.RLock()
	_, resting := p.resting[h]
	p.mu.RUnlock()
	if resting {
		p.mu.Lock()
		delete(p.resting, h)
		p.mu.Unlock()
	}
}

// allowed reports whether something from addr may reach the parser.
func (p *peers) allowed(addr net.Addr) bool {
	ip := hostOf(addr)
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.near[ip] || p.held[ip] > 0
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

// name gives the trunk at an address, and the address as well where a trunk has several; or the address itself.
func (p *peers) name(address string) string {
	n := p.at(address)
	if n == "" {
		return address
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if hops := p.trunks[n].route.Hops(); len(hops) > 1 {
		host, _, _ := net.SplitHostPort(address) // at has let it through
		return n + "/" + host
	}
	return n
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
