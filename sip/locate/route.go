package locate

import (
	"math"
	"net/netip"
	"slices"
	"time"
)

// Forever is the TTL of what does not change: an address.
const Forever = time.Duration(math.MaxInt64)

// Hop is where a request may be sent, and how.
type Hop struct {
	Network string // UDP, TCP or TLS
	Addr    netip.AddrPort
}

// Route is what DNS says of a target: ranks, each to be tried before the next. It may be shared, and is not to be changed.
type Route struct {
	Ranks []Rank
	TTL   time.Duration // for how long it is good
}

// Rank are the servers of one priority, by weight the one or the other.
type Rank []Server

// Server is one with its addresses, in order.
type Server struct {
	Weight uint16
	Hops   []Hop
}

// Hops are all addresses, each once, in the order of the records.
func (r Route) Hops() []Hop {
	var hops []Hop
	for _, rank := range r.Ranks {
		for _, s := range rank {
			hops = join(hops, s.Hops)
		}
	}
	return hops
}

// Order draws the order in which to try the addresses of a route for one request, each once. chance returns a number from 0
// to n-1, all equally likely.
func (r Route) Order(chance func(n int) int) []Hop {
	var hops []Hop
	for _, rank := range r.Ranks {
		for _, s := range rank.draw(chance) {
			hops = join(hops, s.Hops)
		}
	}
	return hops
}

// draw orders the servers of one priority: of those that are left each is next with a probability proportional to its
// weight, and one without weight hardly ever (https://www.rfc-editor.org/rfc/rfc2782, "Usage rules").
func (r Rank) draw(chance func(n int) int) []Server {
	left := slices.Clone(r)
	slices.SortStableFunc(left, func(a, b Server) int { // those without weight to the beginning
		return min(int(a.Weight), 1) - min(int(b.Weight), 1)
	})
	var order []Server
	for len(left) > 1 {
		sum := 0
		for _, s := range left {
			sum += int(s.Weight)
		}
		at := left.at(chance(sum + 1))
		order = append(order, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return append(order, left...)
}

// at is the first server whose running sum of weights is not below n.
func (r Rank) at(n int) int {
	sum := 0
	for i, s := range r {
		if sum += int(s.Weight); sum >= n {
			return i
		}
	}
	return len(r) - 1
}

// join appends what is not there yet.
func join(hops, more []Hop) []Hop {
	for _, h := range more {
		if !slices.Contains(hops, h) {
			hops = append(hops, h)
		}
	}
	return hops
}

// one is a route without a choice.
func one(hops []Hop) []Rank {
	if len(hops) == 0 {
		return nil
	}
	return []Rank{{{Hops: hops}}}
}
