package locate

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	defaultPort       = 5060
	defaultSecurePort = 5061

	// maxPointers is how many NAPTR records are followed, maxServices how many SRV records of a service, maxHops how many
	// addresses a target may have: more than anybody tries within a call's patience.
	maxPointers = 8
	maxServices = 32
	maxHops     = 64

	// soon is for how long something is good that was found although DNS did not answer all of it.
	soon = 30 * time.Second
)

// ErrNotFound says that DNS knows no address of the target that we could use.
var ErrNotFound = errors.New("no usable address")

// locator works on one target.
type locator struct {
	able Ability
	find Find
	ttl  time.Duration
	room int   // for further addresses
	lost error // the latest question that nobody answered
	shut bool  // some service is decidedly not offered
}

// Locate finds the ways to a target (https://www.rfc-editor.org/rfc/rfc3263#section-4). Where a question goes unanswered it
// goes on as if there were no such records, since some servers know no types but A; what it finds then is good for half a
// minute. Its error wraps [ErrNotFound], or says which question nobody answered.
func Locate(t Target, able Ability, find Find) (Route, error) {
	l := &locator{able: able, find: find, ttl: Forever, room: maxHops}
	network, err := l.network(t)
	if err != nil {
		return Route{}, err
	}
	r := Route{Ranks: l.ranks(t, network)}
	if r.TTL = l.ttl; l.lost != nil {
		r.TTL = min(l.ttl, soon)
	}
	switch {
	case len(r.Ranks) > 0:
		return r, nil
	case l.lost != nil:
		return r, l.lost
	case l.shut:
		return r, fmt.Errorf("%s offers no such service: %w", t.Host, ErrNotFound)
	default:
		return r, fmt.Errorf("%s: %w", t.Host, ErrNotFound)
	}
}

// network is the transport where the records do not decide (https://www.rfc-editor.org/rfc/rfc3263#section-4.1): what was
// asked for, otherwise UDP, and TLS for sips:.
func (l *locator) network(t Target) (string, error) {
	network := t.Network
	switch {
	case t.Secure && network == UDP:
		return "", errors.New("sips: does not go over UDP")
	case t.Secure:
		network = TLS
	case network == "" && !l.able.has(UDP) && len(l.able.Networks) > 0:
		network = l.able.Networks[0]
	case network == "":
		network = UDP
	}
	if !l.able.has(network) {
		return "", fmt.Errorf("transport %s cannot be used here: %w", network, ErrNotFound)
	}
	return network, nil
}

func (l *locator) ranks(t Target, network string) []Rank {
	port := cmp.Or(t.Port, portOf(network))
	if ip, err := netip.ParseAddr(t.Host); err == nil {
		return one(l.hops(network, port, ip))
	}
	if t.Port != 0 {
		return one(l.host(t.Host, network, port))
	}
	var ranks []Rank
	if t.Network != "" {
		ranks = l.services(serviceName(network)+t.Host, network)
	} else {
		ranks, network = l.decided(t, network)
	}
	if ranks == nil && !l.shut { // https://www.rfc-editor.org/rfc/rfc3263#section-4.2
		ranks = one(l.host(t.Host, network, portOf(network)))
	}
	return ranks
}

// decided lets the records decide on the transport: NAPTR, else which services there are. All of them are listed, in the
// order of the records or, without NAPTR, in ours: where one transport fails the next one may do. The network is that of
// a host that has no SRV records.
func (l *locator) decided(t Target, network string) (ranks []Rank, _ string) {
	if pointers := l.pointers(t); len(pointers) > 0 {
		for _, p := range pointers {
			ranks = append(ranks, l.services(p.Replacement, transportOf(p.Service))...)
		}
		return ranks, transportOf(pointers[0].Service)
	}
	for _, n := range l.able.Networks {
		if n == TLS || !t.Secure {
			ranks = append(ranks, l.services(serviceName(n)+t.Host, n)...)
		}
	}
	return ranks, network
}

// pointers are the NAPTR records of what we can use (https://www.rfc-editor.org/rfc/rfc3263#section-4.1), the one to follow
// first in front.
func (l *locator) pointers(t Target) []Pointer {
	usable := slices.DeleteFunc(slices.Clone(l.ask(t.Host, NAPTR).Pointers), func(p Pointer) bool {
		network := transportOf(p.Service)
		return !strings.EqualFold(p.Flags, "s") || p.Regexp != "" || strings.Trim(p.Replacement, ".") == "" ||
			!l.able.has(network) || t.Secure && network != TLS
	})
	slices.SortStableFunc(usable, func(a, b Pointer) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	return usable[:min(len(usable), maxPointers)]
}

// services are the servers of a service by priority; nil: it has no SRV records. A single one for "." says that the service
// is decidedly not offered (https://www.rfc-editor.org/rfc/rfc2782).
func (l *locator) services(name, network string) []Rank {
	found := slices.Clone(l.ask(name, SRV).Services)
	slices.SortStableFunc(found, func(a, b Service) int { return cmp.Compare(a.Priority, b.Priority) })
	var ranks []Rank
	for i, s := range found[:min(len(found), maxServices)] {
		if i == 0 || s.Priority != found[i-1].Priority {
			ranks = append(ranks, Rank{})
		}
		if strings.Trim(s.Host, ".") == "" || s.Port == 0 {
			continue
		}
		if hops := l.host(s.Host, network, s.Port); len(hops) > 0 {
			last := &ranks[len(ranks)-1]
			*last = append(*last, Server{Weight: s.Weight, Hops: hops})
		}
	}
	ranks = slices.DeleteFunc(ranks, func(r Rank) bool { return len(r) == 0 })
	if len(found) > 0 && len(ranks) == 0 {
		l.shut = true
	}
	return ranks
}

// host are the addresses of a host in the order of the records, those of IPv6 first
// (https://www.rfc-editor.org/rfc/rfc6724#section-2.1).
func (l *locator) host(name, network string, port uint16) []Hop {
	if l.room == 0 {
		return nil
	}
	var ips []netip.Addr
	if l.able.IPv6 {
		ips = append(ips, l.ask(name, AAAA).Addrs...)
	}
	if l.able.IPv4 {
		ips = append(ips, l.ask(name, A).Addrs...)
	}
	return l.hops(network, port, ips...)
}

func (l *locator) hops(network string, port uint16, ips ...netip.Addr) []Hop {
	var hops []Hop
	for _, ip := range ips {
		if ip = ip.Unmap().WithZone(""); l.able.takes(ip) && l.room > 0 {
			l.room--
			hops = append(hops, Hop{Network: network, Addr: netip.AddrPortFrom(ip, port)})
		}
	}
	return hops
}

func (l *locator) ask(name string, t Type) Answer {
	q := Question{Name: name, Type: t}
	a, err := l.find(q)
	if err != nil {
		l.lost = fmt.Errorf("%s: %w", q, err)
		return Answer{}
	}
	l.ttl = min(l.ttl, a.TTL)
	return a
}

// serviceName is the first part of the name of an SRV record (https://www.rfc-editor.org/rfc/rfc3263#section-4.1).
func serviceName(network string) string {
	switch network {
	case TCP:
		return "_sip._tcp."
	case TLS:
		return "_sips._tcp."
	default:
		return "_sip._udp."
	}
}

// transportOf reads the service of a NAPTR record; empty: none that we know.
func transportOf(service string) string {
	switch strings.ToUpper(service) {
	case "SIP+D2U":
		return UDP
	case "SIP+D2T":
		return TCP
	case "SIPS+D2T":
		return TLS
	default:
		return ""
	}
}

func portOf(network string) uint16 {
	if network == TLS {
		return defaultSecurePort
	}
	return defaultPort
}
