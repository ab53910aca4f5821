package register

import (
	"time"

	"tieline/sip/invite"
)

// Config is fixed for the life of a Machine.
type Config struct {
	// Expires is how long a binding is asked for; 0: an hour.
	Expires time.Duration
	// Chance gives a random number from 0 to n-1.
	Chance func(n int) int
}

const (
	defaultExpires = time.Hour
	// longestExpires is the most that a registrar's 423 is followed to.
	longestExpires = 7 * 24 * time.Hour
)

// Machine is one registration: one contact of one address of record at one registrar.
type Machine struct {
	chance func(n int) int

	state   state
	wanted  bool
	expires time.Duration // to ask for: what was wanted, or what the registrar wants at least
	next    time.Time     // waiting: when it sends

	// the request under way
	asked      time.Duration // 0: a removal
	raised     bool          // it was asked for longer already
	challenges invite.Challenges

	// the binding
	held     bool           // Registered was told, and not yet Lost
	until    time.Time      // granted until then; zero: not granted
	maybe    time.Time      // a request that was not answered may have made one until then
	failures int            // in a row
	why      invite.Outcome // of the latest failure

	effects []Effect
}

type state uint8

const (
	off state = iota
	waiting
	asking // or removing, where asked is 0
)

// New makes a registration that is off.
func New(c Config) *Machine {
	if c.Expires <= 0 {
		c.Expires = defaultExpires
	}
	return &Machine{chance: c.Chance, expires: c.Expires}
}

// Off reports that nothing is under way and nothing will be sent.
func (m *Machine) Off() bool { return m.state == off }

// Held reports that there is a binding, as far as anybody has said.
func (m *Machine) Held() bool { return m.held }

// Deadline is when Step wants to be called with Tick, at the earliest; zero: nothing is pending.
func (m *Machine) Deadline() time.Time {
	var at time.Time
	if m.state == waiting {
		at = m.next
	}
	if m.held && (at.IsZero() || m.until.Before(at)) {
		at = m.until
	}
	return at
}

// Sends reports that a Tick at that time sends something.
func (m *Machine) Sends(now time.Time) bool { return m.state == waiting && !now.Before(m.next) }

// Step takes an input and returns what to do about it, in order.
func (m *Machine) Step(now time.Time, in Input) []Effect {
	m.effects = nil
	switch in := in.(type) {
	case Start:
		m.start(now)
	case Stop:
		m.stop(now)
	case Tick:
		m.tick(now)
	case ConnectionLost:
		m.reconnect(now)
	case Response:
		if m.state == asking {
			m.response(now, in)
		}
	case Failed:
		if m.state == asking {
			m.failed(now, in)
		}
	}
	return m.effects
}

func (m *Machine) emit(e Effect) { m.effects = append(m.effects, e) }

func (m *Machine) start(now time.Time) {
	if m.wanted {
		return
	}
	m.wanted, m.failures = true, 0
	if m.state != asking { // else it goes on when the answer is there
		m.wait(now)
	}
}

func (m *Machine) stop(now time.Time) {
	m.wanted = false
	if m.state != asking {
		m.leave(now)
	}
}

// leave removes the binding, if there may be one.
func (m *Machine) leave(now time.Time) {
	if m.until.After(now) || m.maybe.After(now) {
		m.wait(now)
		return
	}
	m.gone(now)
}

// gone has no binding any more.
func (m *Machine) gone(now time.Time) {
	m.held, m.until, m.maybe = false, time.Time{}, time.Time{}
	if m.wanted {
		m.wait(now)
		return
	}
	m.state = off
	m.emit(Removed{})
}

func (m *Machine) wait(until time.Time) { m.state, m.next = waiting, until }

func (m *Machine) tick(now time.Time) {
	if m.held && !now.Before(m.until) {
		var again time.Duration
		if m.state == waiting {
			again = max(0, m.next.Sub(now))
		}
		m.lose(now, again)
	}
	if m.Sends(now) {
		m.begin()
	}
}

// begin sends the first REGISTER of an exchange.
func (m *Machine) begin() {
	m.state, m.raised, m.challenges = asking, false, invite.Challenges{}
	m.asked = 0
	if m.wanted {
		m.asked = m.expires
	}
	m.emit(Send{Expires: m.asked})
}

// lose says that the binding is of no use; the registrar may have it nevertheless.
func (m *Machine) lose(now time.Time, again time.Duration) {
	if m.until.After(now) && m.until.After(m.maybe) {
		m.maybe = m.until
	}
	m.held, m.until = false, time.Time{}
	m.emit(Lost{Why: m.why, Again: again})
}

// reconnect registers again soon: the registrar's way to us is gone
// (https://www.rfc-editor.org/rfc/rfc5626#section-4.2.1). Not at once, since others have lost the same connection.
func (m *Machine) reconnect(now time.Time) {
	if m.state != waiting || !m.wanted || !m.held {
		return
	}
	if soon := now.Add(m.between(reconnectMost/4, reconnectMost)); soon.Before(m.next) {
		m.next = soon
	}
}
