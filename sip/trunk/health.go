package trunk

import (
	"slices"
	"time"

	"tieline/sip/invite"
)

// Config is a process's trunks and how long they are left alone after a failure.
type Config struct {
	Trunks  []Trunk       // in order of preference, without repetition
	Hold    time.Duration // hold-down after an INVITE that was not even met with a 100; 0: none
	MaxHold time.Duration // no Retry-After holds a trunk longer than this; 0: no limit
	// Chance spreads what must not happen everywhere at once: a random number from 0 to n-1. nil: nothing is spread.
	Chance func(n int) int
}

// Trunk is what is known of one beforehand.
type Trunk struct {
	Name   string
	Limits Limits
	Probe  Probing
}

// State is the health of one trunk.
type State struct {
	Name  string
	Up    bool      // may be tried now
	Why   Why       // it may not
	Fault string    // where nothing could even be sent: why, in words that can be shown
	Until time.Time // held down until then; zero: not held down
	Since time.Time // since when it is up, or is not; zero: from the beginning
	Calls int       // that live at present, whoever placed them
}

// Why is why a trunk is not tried.
type Why uint8

// The reasons.
const (
	Silent   Why = iota + 1 // it answers no OPTIONS
	Declines                // it answers OPTIONS with 503
	Asked                   // it wants to be left alone for a time (Retry-After)
	Lost                    // a call met nobody there
	Nowhere                 // nobody knows an address of it
)

// String is the rest of a sentence that begins with the trunk's name. Empty: nothing is wrong.
func (w Why) String() string {
	words := [...]string{"", "does not answer OPTIONS", "answers OPTIONS with 503",
		"asked to be left alone for a time", "did not answer a call", "has no address, as its name was not found"}
	if int(w) >= len(words) {
		w = 0
	}
	return words[w]
}

// Reason is Why, and what stands behind it. Empty: nothing is wrong.
func (s State) Reason() string {
	if s.Fault != "" {
		return "cannot be reached: " + s.Fault
	}
	return s.Why.String()
}

// Health knows which trunks are up and have room. It has one owner; see the package comment.
type Health struct {
	cfg    Config
	trunks []health // in the configured order
}

// health is one trunk's.
type health struct {
	Trunk
	load    load
	finding finding   // of OPTIONS
	hold    time.Time // left alone until then, since nobody answers
	asked   time.Time // left alone until then, since it asked for that
	fault   string    // why nothing could be sent when it was tried last; empty: it could
	nowhere bool      // it has no address
	out     bool      // it was not up when somebody looked last
	since   time.Time // when that began
}

// New returns the health of cfg.Trunks, all of them up.
func New(cfg Config) *Health {
	h := &Health{cfg: cfg}
	for _, t := range cfg.Trunks {
		h.trunks = append(h.trunks, health{Trunk: t, load: newLoad(t.Limits)})
	}
	return h
}

// Wish is what a dial wants of the trunks.
type Wish struct {
	Trunks []string // in this order; empty: all, in the configured one. An unknown name is passed over
	Tried  []string // those not again
	Urgent bool     // no limit of ours counts, and where no trunk is up, one that is not is better than none
}

// Take gives the first trunk that is wanted, up and below its limits the call, which ends there with Leave. false: none
// is left. full is then the first one that was passed over for a limit, if any; otherwise, where nothing was tried before,
// the dial's cause is NoTrunk.
func (h *Health) Take(now time.Time, w Wish) (name string, full Full, ok bool) {
	if t := h.find(w, func(t *health) bool {
		limit, again := t.load.full(now)
		switch {
		case !t.up(now):
			return false
		case limit == 0 || w.Urgent:
			return true
		case full.Limit == 0:
			full = Full{Trunk: t.Name, Limit: limit, Again: again}
		}
		return false
	}); t != nil {
		return t.take(now), Full{}, true
	}
	if w.Urgent {
		if t := h.find(w, func(*health) bool { return true }); t != nil {
			return t.take(now), Full{}, true
		}
	}
	return "", full, false
}

// find returns the first trunk that is wanted and fits; nil: none.
func (h *Health) find(w Wish, fits func(*health) bool) *health {
	wanted := w.Trunks
	if len(wanted) == 0 {
		for i := range h.trunks {
			wanted = append(wanted, h.trunks[i].Name)
		}
	}
	for _, name := range wanted {
		if t := h.trunk(name); t != nil && !slices.Contains(w.Tried, name) && fits(t) {
			return t
		}
	}
	return nil
}

// Enter counts a call that the trunk has placed.
func (h *Health) Enter(name string) {
	if t := h.trunk(name); t != nil {
		t.load.calls++
	}
}

// Leave ends a call of Take or Enter.
func (h *Health) Leave(name string) {
	if t := h.trunk(name); t != nil {
		t.load.calls--
	}
}

// Report learns from a failed attempt through name. A 503 with Retry-After holds the trunk down that long
// (https://www.rfc-editor.org/rfc/rfc3261#section-21.5.4); unless it is about our own rate, which is no reason to call
// a trunk down. An INVITE that was not even met with a 100 holds it down for Config.Hold: nobody is there, or nobody can be
// reached; where the trunk is probed, it counts like an OPTIONS without an answer. Any response shows that somebody is.
//
// fault is why the INVITE could not be sent, if it could not. doubt says that there was no answer for the first time, and
// that the next probe should not wait.
func (h *Health) Report(now time.Time, name string, o invite.Outcome, fault string) (doubt bool) {
	t := h.trunk(name)
	if t == nil {
		return false
	}
	defer t.settle(now)
	switch o.Kind {
	case invite.Refused:
		t.alive()
		if o.Status == 503 && o.RetryAfter > 0 && !RateLimited(o) {
			t.asked = latest(t.asked, now.Add(h.bounded(o.RetryAfter)))
		}
	case invite.Timeout, invite.Transport, invite.NoProgress:
		if o.Heard {
			return false
		}
		t.fault = fault
		if h.cfg.Hold > 0 {
			t.hold = latest(t.hold, now.Add(h.cfg.Hold))
		}
		return t.missed(Silent)
	}
	return false
}

// Alive says that an attempt through name was answered.
func (h *Health) Alive(now time.Time, name string) {
	if t := h.trunk(name); t != nil {
		t.alive()
		t.settle(now)
	}
}

// Located says whether any address of name is known. Without one, it is not up.
func (h *Health) Located(now time.Time, name string, found bool) {
	if t := h.trunk(name); t != nil {
		t.nowhere = !found
		t.settle(now)
	}
}

// States returns the health of every trunk in the configured order.
func (h *Health) States(now time.Time) []State {
	states := make([]State, 0, len(h.trunks))
	for i := range h.trunks {
		t := &h.trunks[i]
		t.settle(now)
		s := State{Name: t.Name, Up: t.up(now), Why: t.why(now), Since: t.since, Calls: t.load.calls}
		if s.Why == Silent || s.Why == Lost {
			s.Fault = t.fault
		}
		if until := latest(t.hold, t.asked); until.After(now) {
			s.Until = until
		}
		states = append(states, s)
	}
	return states
}

func (h *Health) trunk(name string) *health {
	for i := range h.trunks {
		if h.trunks[i].Name == name {
			return &h.trunks[i]
		}
	}
	return nil
}

// spread is a part of d, by chance.
func (h *Health) spread(d time.Duration) time.Duration {
	if h.cfg.Chance == nil || d <= 0 {
		return max(d, 0) / 2
	}
	return time.Duration(h.cfg.Chance(int(d)))
}

// bounded is what is granted of a Retry-After: a peer's mistake must not take a trunk away for a year.
func (h *Health) bounded(d time.Duration) time.Duration {
	if h.cfg.MaxHold > 0 {
		return min(d, h.cfg.MaxHold)
	}
	return d
}

func (t *health) take(now time.Time) string {
	t.load.add(now)
	return t.Name
}

func (t *health) up(now time.Time) bool { return t.why(now) == 0 }

func (t *health) why(now time.Time) Why {
	switch {
	case t.nowhere:
		return Nowhere
	case t.finding.why != 0:
		return t.finding.why
	case t.asked.After(now):
		return Asked
	case t.hold.After(now):
		return Lost
	}
	return 0
}

// settle notes when the trunk went down or came up; a hold-down has ended when it was due to.
func (t *health) settle(now time.Time) {
	if out := !t.up(now); out != t.out {
		since := now
		if over := latest(t.hold, t.asked); !out && over.After(t.since) && over.Before(now) {
			since = over
		}
		t.out, t.since = out, since
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
