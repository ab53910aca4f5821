package sip_test

import (
	"net"
	"strings"
	"testing"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestIPv6Loopback: over UDP and TCP of IPv6, with everything that we say of ourselves being of IPv6, also where an IPv4
// socket stands first.
func TestIPv6Loopback(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		packets, stream := onePort(t, "::1")
		l := newLoopbackAt(t, siptest.Config{Conn: packets, Listener: stream, Otherwise: &shortCall}, network, func(c *sip.Config) {
			c.Listen = []sip.Listen{
				{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"},
				{Network: "udp", Address: "[::1]:0"}, {Network: "tcp", Address: "[::1]:0"},
			}
			c.Advertise = "192.0.2.99"
			c.Trunks[0].Domain = ""
		})
		for range 3 {
			wantEvents(t, l.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
		}
		l.end()
		for _, want := range []string{"INVITE sip:600@[::1]:", "Via: SIP/2.0/" + strings.ToUpper(network) + " [::1]:", "Contact: <sip:tieline@[::1]:"} {
			if !strings.Contains(l.heard[0], want) {
				t.Errorf("no %q in\n%s", want, l.heard[0])
			}
		}
		for peer := range l.peers {
			if host, _, _ := net.SplitHostPort(peer); host != "::1" {
				t.Errorf("the PBX heard %s", peer)
			}
		}
		if len(l.peers) != 1 {
			t.Errorf("the PBX heard %v", l.peers)
		}
		l.wantTidy(t)
	}
}

// TestIPv6Incoming: a call that comes in over IPv6 is answered with what is of IPv6.
func TestIPv6Incoming(t *testing.T) {
	packets, _ := onePort(t, "::1")
	eventc := make(chan sip.Event, 4)
	l := newLoopbackAt(t, siptest.Config{Conn: packets, Otherwise: &shortCall}, "udp", func(c *sip.Config) {
		c.Listen = []sip.Listen{{Network: "udp", Address: "[::1]:0"}}
		c.Incoming = func(in *sip.Incoming) func(sip.Event) {
			in.Answer()
			return func(e sip.Event) {
				in.Hangup()
				eventc <- e
			}
		}
	})
	if host := l.ua.Host(); host != "::1" {
		t.Errorf("we are at %s", host)
	}
	if _, err := l.pbx.Dial(l.ua.Addr("udp"), "sip:100@[::1]"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Answered", "Ended by us"} {
		if got := describe(<-eventc); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	l.end()
	l.wantTidy(t)
}
