package trunk

import (
	"time"

	"tieline/sip/invite"
)

// Config is a process's trunks and how long they are left alone after a failure.
type Config struct {
	Trunks  []string      // names in order of preference, without repetition
	Hold    time.Duration // hold-down after a transport failure or an INVITE that nobody answered; 0: none
	MaxHold time.Duration // no Retry-After holds a trunk longer than this; 0: no limit
}

// State is the health of one trunk.
type State struct {
	Name  string
	Up    bool      // may be tried now
	Until time.Time // held down until then; zero: not held down
}

// Health knows which trunks are up. It has one owner; see the package comment.
type Health struct{}

// New returns the health of cfg.Trunks, all of them up.
func New(cfg Config) *Health { return nil }

// Next returns the first trunk of wanted, or of all trunks in the configured order when wanted is empty, that is up and
// not among tried. An unknown name is passed over. false: none is left; if tried is empty too, the dial's cause is
// NoTrunk.
func (h *Health) Next(now time.Time, wanted, tried []string) (name string, ok bool) { return "", false }

// Report learns from a failed attempt through name: a 503 with Retry-After holds it down that long, a transport failure
// or an INVITE without any response for Config.Hold.
func (h *Health) Report(now time.Time, name string, o invite.Outcome) {}

// Set says what somebody who watches the trunk (an OPTIONS probe, the operator) found. Up does not lift a hold-down that
// the peer asked for by Retry-After; it lifts any other. All trunks start up.
func (h *Health) Set(name string, up bool) {}

// States returns the health of every trunk in the configured order.
func (h *Health) States(now time.Time) []State { return nil }
