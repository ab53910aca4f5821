package locate_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tieline/sip/locate"
)

func hop(n int) locate.Hop {
	return locate.Hop{Network: "udp", Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), 5060)}
}

// orders counts how often each order of servers with these weights is drawn, over everything that chance can say: each
// sequence of random numbers counts as much as it is likely, in units of 1/total.
func orders(weights []uint16) (counts map[string]int, total int) {
	var rank locate.Rank
	for i, w := range weights {
		rank = append(rank, locate.Server{Weight: w, Hops: []locate.Hop{hop(i + 1)}})
	}
	route := locate.Route{Ranks: []locate.Rank{rank}}
	counts = map[string]int{}
	sizes := []int{}
	var said []int
	draw := func() string {
		i := 0
		sizes = sizes[:0]
		hops := route.Order(func(n int) int {
			sizes = append(sizes, n)
			if i == len(said) {
				said = append(said, 0)
			}
			i++
			return said[i-1]
		})
		var names []string
		for _, h := range hops {
			names = append(names, fmt.Sprint(h.Addr.Addr().As4()[3]))
		}
		return strings.Join(names, " ")
	}
	const unit = 2 * 2 * 2 * 3 * 3 * 5 * 7 * 11 * 13 // divisible by whatever the tables need
	for {
		order := draw()
		weight := unit
		for _, n := range sizes {
			if weight%n != 0 {
				panic("unit is not divisible")
			}
			weight /= n
		}
		counts[order] += weight
		last := len(sizes) - 1
		for ; last >= 0 && said[last] == sizes[last]-1; last-- {
		}
		if last < 0 {
			return counts, unit
		}
		said = append(said[:last], said[last]+1)
	}
}

// https://www.rfc-editor.org/rfc/rfc2782, "Usage rules": a random number from 0 to the sum of weights, both included, picks
// the first server whose running sum is not below it.
func TestWeights(t *testing.T) {
	for _, c := range []struct {
		weights []uint16
		want    map[string]float64 // probability of each order
	}{
		{[]uint16{5}, map[string]float64{"1": 1}},
		// 0 to 6: 0, 1 pick the first, the other five the second.
		{[]uint16{1, 5}, map[string]float64{"1 2": 2. / 7, "2 1": 5. / 7}},
		// Zero goes to the front, and is picked by 0 only.
		{[]uint16{3, 0}, map[string]float64{"1 2": 3. / 4, "2 1": 1. / 4}},
		{[]uint16{0, 0}, map[string]float64{"1 2": 1}},
		{[]uint16{1, 1, 4}, map[string]float64{
			"1 2 3": 2. / 7 * 2 / 6, "1 3 2": 2. / 7 * 4 / 6,
			"2 1 3": 1. / 7 * 2 / 6, "2 3 1": 1. / 7 * 4 / 6,
			"3 1 2": 4. / 7 * 2 / 3, "3 2 1": 4. / 7 * 1 / 3,
		}},
	} {
		counts, total := orders(c.weights)
		for order, p := range c.want {
			if got := float64(counts[order]) / float64(total); got < p-1e-9 || got > p+1e-9 {
				t.Errorf("weights %v: order %s has probability %v, want %v", c.weights, order, got, p)
			}
		}
		if len(counts) != len(c.want) {
			t.Errorf("weights %v: orders %v, want %v", c.weights, counts, c.want)
		}
	}
}

func TestOrder(t *testing.T) {
	r := locate.Route{Ranks: []locate.Rank{
		{{Weight: 1, Hops: []locate.Hop{hop(1), hop(2)}}, {Weight: 1, Hops: []locate.Hop{hop(3)}}},
		{{Hops: []locate.Hop{hop(2), hop(4)}}},
	}}
	last := func(n int) int { return n - 1 }
	if got, want := r.Order(last), []locate.Hop{hop(3), hop(1), hop(2), hop(4)}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a server's addresses stay together, and each comes once: got %v, want %v", got, want)
	}
	if got, want := r.Hops(), []locate.Hop{hop(1), hop(2), hop(3), hop(4)}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("all addresses, each once: got %v, want %v", got, want)
	}
}
