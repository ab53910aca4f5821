package trunk

import (
	"slices"
	"time"

	"tieline/sip/invite"
)

// Config is a process's trunks and how long they are left alone after a failure.
type Config struct {
	Trunks  []string      // names in order of preference, without repetition
	Hold    time.Duration // hold-down after an INVITE that was not even met with a 100; 0: none
	MaxHold time.Duration // no Retry-After holds a trunk longer than this; 0: no limit
}

// State is the health of one trunk.
type State struct {
	Name  string
	Up    bool      // may be tried now
	Until time.Time // held down until then; zero: not held down
}

// Health knows which trunks are up. It has one owner; see the package comment.
type Health struct {
	cfg    Config
	trunks []health // in the configured order
}

// health is one trunk's.
type health struct {
	name  string
	down  bool      // somebody who watches it says so
	hold  time.Time // left alone until then, since nobody answers
	asked time.Time // left alone until then, since it asked for that
}

// New returns the health of cfg.Trunks, all of them up.
func New(cfg Config) *Health {
	h := &Health{cfg: cfg}
	for _, name := range cfg.Trunks {
		h.trunks = append(h.trunks, health{name: name})
	}
	return h
}

// Next returns the first trunk of wanted, or of all trunks in the configured order when wanted is empty, that is up and
// not among tried. An unknown name is passed over. false: none is left; if tried is empty too, the dial's cause is
// NoTrunk.
func (h *Health) Next(now time.Time, wanted, tried []string) (name string, ok bool) {
	if len(wanted) == 0 {
		wanted = h.cfg.Trunks
	}
	for _, name := range wanted {
		if t := h.trunk(name); t != nil && t.up(now) && !slices.Contains(tried, name) {
			return name, true
		}
	}
	return "", false
}

// Report learns from a failed attempt through name. A 503 with Retry-After holds the trunk down that long
// (https://www.rfc-editor.org/rfc/rfc3261#section-21.5.4); unless it is about our own rate, which is no reason to call
// a trunk down. An INVITE that was not even met with a 100 holds it down for Config.Hold: nobody is there, or nobody can be
// reached. Any response shows that somebody is.
func (h *Health) Report(now time.Time, name string, o invite.Outcome) {
	t := h.trunk(name)
	if t == nil {
		return
	}
	switch o.Kind {
	case invite.Refused:
		t.hold = time.Time{}
		if o.Status == 503 && o.RetryAfter > 0 && !RateLimited(o) {
			t.asked = latest(t.asked, now.Add(h.bounded(o.RetryAfter)))
		}
	case invite.Timeout, invite.Transport, invite.NoProgress:
		if !o.Heard && h.cfg.Hold > 0 {
			t.hold = latest(t.hold, now.Add(h.cfg.Hold))
		}
	}
}

// Set says what somebody who watches the trunk (an OPTIONS probe, the operator) found. Up lifts a hold-down, unless the
// peer asked for it by Retry-After. All trunks start up.
func (h *Health) Set(name string, up bool) {
	t := h.trunk(name)
	if t == nil {
		return
	}
	t.down = !up
	if up {
		t.hold = time.Time{}
	}
}

// States returns the health of every trunk in the configured order.
func (h *Health) States(now time.Time) []State {
	states := make([]State, 0, len(h.trunks))
	for i := range h.trunks {
		t := &h.trunks[i]
		s := State{Name: t.name, Up: t.up(now)}
		if until := latest(t.hold, t.asked); until.After(now) {
			s.Until = until
		}
		states = append(states, s)
	}
	return states
}

func (h *Health) trunk(name string) *health {
	for i := range h.trunks {
		if h.trunks[i].name == name {
			return &h.trunks[i]
		}
	}
	return nil
}

// bounded is what is granted of a Retry-After: a peer's mistake must not take a trunk away for a year.
func (h *Health) bounded(d time.Duration) time.Duration {
	if h.cfg.MaxHold > 0 {
		return min(d, h.cfg.MaxHold)
	}
	return d
}

func (t *health) up(now time.Time) bool {
	return !t.down && !t.hold.After(now) && !t.asked.After(now)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
