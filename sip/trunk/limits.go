package trunk

import "time"

// Limits are what a trunk's peer bears of ours; 0: anything. A call counts from its INVITE to its end.
type Limits struct {
	CallsPerSecond int // that we place; in no second are there more
	Concurrent     int // live ones, of both directions; none that the peer places is refused for it
}

// Limit is one of them.
type Limit uint8

// The limits.
const (
	CallsPerSecond Limit = iota + 1
	Concurrent
)

// String gives the limit in words.
func (l Limit) String() string {
	words := [...]string{"", "calls per second", "concurrent calls"}
	if int(l) >= len(words) {
		l = 0
	}
	return words[l]
}

// Full is a trunk that has no room, and why; zero: none.
type Full struct {
	Trunk string
	Limit Limit
	Again time.Duration // when it is certain to have some, as far as this limit goes; 0: nobody knows
}

// load is what a trunk bears at present.
type load struct {
	limits Limits
	calls  int
	starts []time.Time // of the latest Limits.CallsPerSecond that we placed, a ring
	oldest int
}

func newLoad(l Limits) load { return load{limits: l, starts: make([]time.Time, l.CallsPerSecond)} }

// full is the limit that keeps a call out; 0: none.
func (l *load) full(now time.Time) (Limit, time.Duration) {
	if l.limits.Concurrent > 0 && l.calls >= l.limits.Concurrent {
		return Concurrent, 0
	}
	if len(l.starts) > 0 {
		if first := l.starts[l.oldest]; !first.IsZero() && now.Sub(first) < time.Second {
			return CallsPerSecond, time.Second - now.Sub(first)
		}
	}
	return 0, 0
}

func (l *load) add(now time.Time) {
	l.calls++
	if len(l.starts) > 0 {
		l.starts[l.oldest] = now
		l.oldest = (l.oldest + 1) % len(l.starts)
	}
}
