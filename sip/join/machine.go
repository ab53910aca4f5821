package join

import (
	"time"

	"tieline/sip/offer"
)

const (
	// patience is how long a peer's offer waits for the other side. A re-INVITE's 2xx is repeated for 32 s without ACK,
	// an UPDATE is given up after as long; an agent gives up earlier.
	patience = 10 * time.Second

	// maxRounds bounds the offers that one event of the outside sets off. A join of two legs takes two, another round
	// for the codecs two more; each glare takes one.
	maxRounds = 8

	// maxGlares bounds the repetitions of one offer.
	maxGlares = 4
)

// Config is what does not change.
type Config struct {
	// Music says which leg gets music from its PBX while the other side holds it: sendonly instead of inactive.
	Music [2]bool
}

// Machine connects the media of two legs. The zero Machine is not usable; see [New].
type Machine struct {
	cfg  Config
	now  time.Time
	out  []Effect // of the present step
	legs [2]side

	goal   goal
	keep   [2]bool
	hold   [2]bool // by command
	cmd    command // told of when it is over
	by     Leg     // of holding and retrieving
	was    bool    // hold[by] before
	rounds int     // since something came from outside

	// What was told last.
	saidJoined bool
	saidEarly  bool
	saidHeld   [2]bool
}

// New returns a machine whose legs are absent.
func New(cfg Config) *Machine {
	return &Machine{cfg: cfg}
}

// Step tells the machine that in happened at now and returns what to do about it. The order of the result is the
// guarantee. What was due by now goes first.
func (m *Machine) Step(now time.Time, in Input) []Effect {
	m.now = now
	m.expire()
	m.apply(in)
	for m.next() {
	}
	out := m.out
	m.out = nil
	return out
}

// Deadline is when Step(now, Tick{}) is due. Zero: nothing is pending that time could end.
func (m *Machine) Deadline() time.Time {
	var first time.Time
	for l := range m.legs {
		if u := m.legs[l].until; !u.IsZero() && (first.IsZero() || u.Before(first)) {
			first = u
		}
	}
	return first
}

// Joined reports that the legs' media are connected, on hold or not.
func (m *Machine) Joined() bool { return m.saidJoined }

// Held reports that this leg's side holds the other, as was told last.
func (m *Machine) Held(by Leg) bool { return m.saidHeld[by] }

// Holds reports that the leg's own phone holds, as it has said last; also of a leg that was taken from the other.
func (m *Machine) Holds(l Leg) bool { return m.deaf(l) }

// Party is the leg's session, for the LegUp of another machine; ok is false while an offer is pending or there is none.
// After that this machine must have nothing more to do with the leg: Split with Untouched, or none of its effects used.
func (m *Machine) Party(l Leg) (p Party, ok bool) {
	s := &m.legs[l]
	if s.phase != idle || s.theirs == nil || s.given == nil {
		return Party{}, false
	}
	wants := append([]offer.Direction(nil), s.wants...)
	return Party{Theirs: s.theirs.Bytes(), Given: s.given.Bytes(), Wants: wants}, true
}

func (m *Machine) apply(in Input) {
	switch in := in.(type) {
	case Join:
		m.join(in)
	case Split:
		m.split(in)
	case Hold:
		m.setHold(holding, in.By, true)
	case Retrieve:
		m.setHold(retrieving, in.By, false)
	case LegUp:
		m.legUp(in)
	case Offered:
		m.offered(in)
	case Supplied:
		m.supplied(in)
	case EarlyAnswer:
		m.earlyAnswer(in)
	case Answered:
		m.answered(in)
	case Refused:
		m.refused(in)
	case Withdrawn:
		m.withdrawn(in.Leg)
	case LegEnded:
		m.legEnded(in.Leg)
	case Tick:
	}
}

// expire does what is due by now.
func (m *Machine) expire() {
	for _, l := range order {
		s := &m.legs[l]
		if s.until.IsZero() || m.now.Before(s.until) {
			continue
		}
		switch s.phase {
		case owing: // the other side took too long: https://www.rfc-editor.org/rfc/rfc3311#section-5.2
			m.reject(l, 504)
		case owingACK: // a 2xx cannot be refused any more
			m.settle(l)
		default:
			s.settleTo(idle)
		}
	}
}

// order is that of offers where both legs wait for one: the callee first, whose answer may change what the station is
// offered; it is the station's description that is known.
var order = [...]Leg{B, A} //nolint:gochecknoglobals // a constant

func (m *Machine) emit(e Effect) { m.out = append(m.out, e) }
