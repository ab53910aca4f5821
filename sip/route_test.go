package sip

import (
	"net"
	"testing"

	"tieline/sip/resolve"
	"tieline/sip/trunk"
)

// TestRoute: what Via and Contact carry where the socket listens everywhere. A trunk without an address yet must not
// make us tell the world that we are on its own machine: a BYE would never find us.
func TestRoute(t *testing.T) {
	outside := "127.0.0.1" // of a machine that has no way out
	if c, err := net.Dial(udp, "192.0.2.1:9"); err == nil {
		outside = hostOf(c.LocalAddr()).String()
		_ = c.Close()
	}
	later, here := Trunk{Name: "later", Address: "pbx.invalid:5060", Transport: udp}, Trunk{Name: "here", Address: "127.0.0.1", Transport: udp}
	u := &UserAgent{cfg: Config{Trunks: []Trunk{later, here}}, peers: newPeers(resolve.New(resolve.Config{}).Locate, nil, 0), health: trunk.New(trunk.Config{})}
	u.peers.add(later.Name, later.sought())
	if got := u.route(false); got != outside {
		t.Errorf("before any trunk has an address: %s, want %s", got, outside)
	}
	u.peers.add(here.Name, here.sought())
	delete(u.peers.places, later.sought())
	u.lookUp(t.Context())
	if got := u.route(false); got != "127.0.0.1" {
		t.Errorf("towards a trunk on this machine: %s", got)
	}
}
