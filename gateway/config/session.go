package config

import "time"

// SessionTimer is how long calls of a trunk live without a sign of their peer
// (https://www.rfc-editor.org/rfc/rfc4028).
type SessionTimer struct {
	Expires   time.Duration `yaml:"expires"` // 0: off
	Min       time.Duration `yaml:"min"`     // what a peer may ask for at least
	Refresher Refresher     `yaml:"refresher"`
}

// Refresher is who refreshes sessions, where the peer has no wish.
type Refresher string

// The refreshers.
const (
	RefresherAuto Refresher = "auto"
	RefresherUs   Refresher = "us"
	RefresherPeer Refresher = "peer"
)

// Prack is whether provisional responses are acknowledged (https://www.rfc-editor.org/rfc/rfc3262).
type Prack string

// The ways.
const (
	PrackOff       Prack = "off"
	PrackSupported Prack = "supported"
	PrackRequired  Prack = "required"
)

// sessionTimer checks it. Below 90 s no session timer is allowed.
func (k *checker) sessionTimer(path string, s SessionTimer) {
	oneOf(k, path+".refresher", s.Refresher, RefresherAuto, RefresherUs, RefresherPeer)
	k.duration(path+".min", s.Min, 90*time.Second, time.Hour)
	if s.Expires == 0 {
		return
	}
	k.duration(path+".expires", s.Expires, 90*time.Second, 24*time.Hour)
	if s.Expires < s.Min {
		k.wrong(path+".expires", "is shorter than min: raise it or lower min")
	}
}
