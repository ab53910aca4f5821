package sip

import (
	"container/heap"
	"time"
)

// agenda is the registrations that want to be called, the first one first.
type agenda []*registration

// Len implements [heap.Interface], as do the others.
func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].place, a[j].place = i, j
}

// Push implements [heap.Interface].
func (a *agenda) Push(x any) {
	g := x.(*registration)
	g.place = len(*a)
	*a = append(*a, g)
}

// Pop implements [heap.Interface].
func (a *agenda) Pop() any {
	last := len(*a) - 1
	g := (*a)[last]
	(*a)[last], *a = nil, (*a)[:last]
	g.place = -1
	return g
}

// put notes when a registration wants to be called, at its turn at the earliest; zero: not at all.
func (r *registrations) put(g *registration, at time.Time) {
	if !at.IsZero() && at.Before(g.slot) {
		at = g.slot
	}
	g.at = at
	switch {
	case at.IsZero() && g.place >= 0:
		heap.Remove(&r.agenda, g.place)
	case at.IsZero():
	case g.place >= 0:
		heap.Fix(&r.agenda, g.place)
	default:
		heap.Push(&r.agenda, g)
	}
}

// pace gives out turns, an interval apart.
type pace struct {
	interval time.Duration
	next     time.Time
}

// take is the next turn.
func (p *pace) take(now time.Time) time.Time {
	turn := now
	if p.next.After(now) {
		turn = p.next
	}
	p.next = turn.Add(p.interval)
	return turn
}
