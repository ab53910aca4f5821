package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/locate"
)

const (
	// lookupTimeout bounds one look-up, lookupAtStart those that New waits for.
	lookupTimeout = 4 * time.Second
	lookupAtStart = 6 * time.Second
	// lookupSoon is when one is tried again that found nothing, since the name may be about to appear, and the least
	// that is made of a TTL; lookupLate is the most.
	lookupSoon = 5 * time.Second
	lookupLate = time.Hour
	// lookupsAtOnce is how many names are looked up at the same time.
	lookupsAtOnce = 8
)

// finder finds the ways to a target; see [tieline/sip/resolve].
type finder func(context.Context, locate.Target, locate.Ability) (locate.Route, error)

// lookUp looks up whatever is due. What does not resolve keeps the addresses that it had.
func (u *UserAgent) lookUp(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	room := make(chan struct{}, lookupsAtOnce)
	for _, at := range u.peers.overdue(time.Now()) {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			one, cancel := context.WithTimeout(ctx, lookupTimeout) // each its own: a name that hangs must not take the others' time
			defer cancel()
			route, err := u.peers.find(one, at.target, u.able(at.target))
			if errors.Is(ctx.Err(), context.Canceled) {
				return // nobody wants to know any more
			}
			if u.peers.found(at, time.Now(), route, err) {
				u.cfg.Log.Warn("sip: address look-up failed, trying again", "trunk", at.trunk, "every", lookupSoon, "error", err)
			}
			u.located(time.Now(), at)
		})
	}
}

// lookUpFirst looks up the trunks, but does not wait for DNS for long: Run goes on with it.
func (u *UserAgent) lookUpFirst(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookupAtStart)
	defer cancel()
	u.lookUp(ctx)
}

// overdue are the places that are to be looked up now.
func (p *peers) overdue(now time.Time) []*location {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var due []*location
	for _, at := range p.places {
		if !at.due.IsZero() && !at.due.After(now) {
			due = append(due, at)
		}
	}
	return due
}

// due is when lookUp has something to do; zero: never.
func (p *peers) due() time.Time {
	p.mu.RLock()
	defer p.mu.RUnlock()
	var next time.Time
	for _, at := range p.places {
		next = sooner(next, at.due)
	}
	return next
}

// found takes what came of a look-up. It reports a trunk's that fails for the first time.
func (p *peers) found(at *location, now time.Time, route locate.Route, err error) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		news = at.trunk != "" && !at.failing
		at.failing, at.due = true, now.Add(lookupSoon)
		return news
	}
	at.failing, at.route = false, route
	at.due = time.Time{}
	if route.TTL != locate.Forever {
		at.due = now.Add(min(max(route.TTL, lookupSoon), lookupLate))
	}
	p.rebuild()
	return false
}

// trunksAt are those that are at a location, and whether any address of it is known.
func (p *peers) trunksAt(at *location) (names []string, known bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, name := range p.order {
		if p.trunks[name] == at {
			names = append(names, name)
		}
	}
	return names, len(at.route.Ranks) > 0
}

// need has the next hop of a dialog, or of a registration's calls, located until nobody needs it any more.
func (p *peers) need(t locate.Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.place(t).dialogs++
}

// spare ends what need began.
func (p *peers) spare(t locate.Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.places[t]
	if at.dialogs--; at.dialogs == 0 && at.trunk == "" {
		delete(p.places, t)
		p.rebuild()
	}
}

// way is how to reach what was needed: by a way that is in use already if it is one of them. false: it is not known.
func (p *peers) way(t locate.Target, used hop) (hop, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	at := p.places[t]
	if at == nil || len(at.route.Ranks) == 0 {
		return hop{}, false
	}
	ways := p.awakeFirst(at.route.Hops())
	for _, h := range ways {
		if h == used {
			return h, true
		}
	}
	return ways[0], true
}

// sought is what is to be located for a trunk.
func (t *Trunk) sought() locate.Target {
	return sought(t.nextHop(), t.Transport)
}

func sought(address, network string) locate.Target {
	host, port, _ := splitAddress(address) // complete has let it through
	if _, _, err := net.SplitHostPort(address); err != nil {
		port = 0
	}
	if network == auto {
		network = ""
	}
	return locate.Target{Host: host, Port: uint16(port), Network: network}
}

// soughtBy is what is to be located for a URI. What it does not say of the transport is as before.
func soughtBy(uri gosip.Uri, network string) locate.Target {
	return locate.Target{Host: strings.ToLower(strings.Trim(uri.Host, "[]")), Port: uint16(uri.Port), Network: network}
}

// named reports that a target is a name, which has to be looked up.
func named(t locate.Target) bool {
	_, err := netip.ParseAddr(t.Host)
	return err != nil && t.Host != ""
}

// able is how we can reach a target. An address that was given as such, and a transport, are not doubted.
func (u *UserAgent) able(t locate.Target) locate.Ability {
	a := locate.Ability{IPv4: u.cfg.speaks(false), IPv6: u.cfg.speaks(true)}
	if !named(t) {
		a.IPv4, a.IPv6 = true, true
	}
	for _, network := range []string{udp, tcp, secure} {
		if t.Network == network || u.cfg.listens(network) {
			a.Networks = append(a.Networks, network)
		}
	}
	return a
}

// listens reports whether there is a socket of a network.
func (c *Config) listens(network string) bool {
	return network == udp && c.PacketConn != nil ||
		slices.ContainsFunc(c.Listen, func(l Listen) bool { return l.Network == network })
}

// speaks reports whether we listen at an address of a family.
func (c *Config) speaks(v6 bool) bool {
	if c.PacketConn != nil && hostOf(c.PacketConn.LocalAddr()).Is6() == v6 {
		return true
	}
	for _, l := range c.Listen {
		if strings.HasSuffix(family(l), "6") == v6 {
			return true
		}
	}
	return false
}
