package siptest

import (
	"container/heap"
	"time"
)

// agenda is all that a PBX has yet to do, by time and then by order of noting it down, so that what falls on one
// instant happens in a fixed order. Its owner's lock guards it.
type agenda struct {
	alarms alarms
	noted  uint64
	wakec  chan struct{} // holds one token when the earliest alarm has changed
}

type alarm struct {
	at    time.Time
	order uint64
	index int // in the heap; -1 when out of it
	fire  func()
}

func newAgenda() agenda { return agenda{wakec: make(chan struct{}, 1)} }

// after notes down f for d from now. f runs with the owner's lock held.
func (a *agenda) after(d time.Duration, f func()) *alarm {
	a.noted++
	x := &alarm{at: time.Now().Add(d), order: a.noted, fire: f}
	heap.Push(&a.alarms, x)
	if x.index == 0 {
		select {
		case a.wakec <- struct{}{}:
		default:
		}
	}
	return x
}

// stop crosses an alarm out; nil and one that has gone off are fine.
func (a *agenda) stop(x *alarm) {
	if x != nil && x.index >= 0 {
		heap.Remove(&a.alarms, x.index)
	}
}

// run sets off what is due and returns the time to the next alarm, or false when there is none.
func (a *agenda) run(now time.Time) (time.Duration, bool) {
	for len(a.alarms) > 0 {
		first := a.alarms[0]
		if first.at.After(now) {
			return first.at.Sub(now), true
		}
		heap.Pop(&a.alarms)
		first.fire()
	}
	return 0, false
}

type alarms []*alarm

func (s alarms) Len() int { return len(s) }
func (s alarms) Less(i, j int) bool {
	if s[i].at.Equal(s[j].at) {
		return s[i].order < s[j].order
	}
	return s[i].at.Before(s[j].at)
}

func (s alarms) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

func (s *alarms) Push(x any) {
	a := x.(*alarm)
	a.index = len(*s)
	*s = append(*s, a)
}

func (s *alarms) Pop() any {
	last := len(*s) - 1
	a := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	a.index = -1
	return a
}
