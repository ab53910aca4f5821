package sip

import (
	"net"
	"testing"
)

// TestRoute: what Via and Contact carry where the socket listens everywhere. A trunk without an address yet must not
// make us tell the world that we are on its own machine: a BYE would never find us.
func TestRoute(t *testing.T) {
	outside := "127.0.0.1" // of a machine that has no way out
	if c, err := net.Dial(udp, "192.0.2.1:9"); err == nil {
		outside = hostOf(c.LocalAddr()).String()
		_ = c.Close()
	}
	u := &UserAgent{cfg: Config{Trunks: []Trunk{{Name: "later", Address: "pbx.invalid"}, {Name: "here", Address: "127.0.0.1"}}}, peers: newPeers()}
	if got := u.route(false); got != outside {
		t.Errorf("before any trunk has an address: %s, want %s", got, outside)
	}
	if err := u.peers.lookUp(t.Context(), u.cfg.Trunks[1:]); err != nil {
		t.Fatal(err)
	}
	if got := u.route(false); got != "127.0.0.1" {
		t.Errorf("towards a trunk on this machine: %s", got)
	}
}
