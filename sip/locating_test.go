package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip/locate"
	"tieline/sip/siptest"
	"tieline/sip/trunk"
)

// routeTo is what DNS says of a name with these addresses.
func routeTo(ttl time.Duration, addresses ...string) locate.Route {
	var hops []locate.Hop
	for _, a := range addresses {
		hops = append(hops, locate.Hop{Network: udp, Addr: netip.MustParseAddrPort(a)})
	}
	return locate.Route{Ranks: []locate.Rank{{{Hops: hops}}}, TTL: ttl}
}

// A DNS that says nothing does not hold up the start for long, is told of once for each trunk, and does not keep anything from
// ending; when it comes back the trunks are found.
func TestDNSIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answers atomic.Bool
		var log bytes.Buffer
		cfg := Config{
			PacketConn: siptest.NewNetwork(1).MustListen("192.0.2.10:5060"), Log: slog.New(slog.NewTextHandler(&log, nil)),
			Locate: func(ctx context.Context, t locate.Target, _ locate.Ability) (locate.Route, error) {
				if answers.Load() {
					return routeTo(time.Minute, "192.0.2.20:5060"), nil
				}
				<-ctx.Done()
				return locate.Route{}, fmt.Errorf("%s: %w", t.Host, ctx.Err())
			},
		}
		for i := range 20 {
			cfg.Trunks = append(cfg.Trunks, Trunk{Name: fmt.Sprint("pbx", i), Address: fmt.Sprintf("pbx%d.example.com", i)})
		}
		start := time.Now()
		u, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > lookupAtStart {
			t.Errorf("the start took %v", took)
		}
		ctx, stop := context.WithCancel(t.Context())
		donec := make(chan error, 1)
		go func() { donec <- u.Run(ctx) }()
		time.Sleep(time.Minute)
		if hops := u.peers.hops(&u.cfg.Trunks[0]); len(hops) != 0 {
			t.Errorf("found %v", hops)
		}
		if s := u.Trunks()[19]; s.Up || s.Why != trunk.Nowhere {
			t.Errorf("without an address it is %+v", s)
		}
		answers.Store(true)
		time.Sleep(20 * time.Second)
		for i := range u.cfg.Trunks {
			if hops := u.peers.hops(&u.cfg.Trunks[i]); len(hops) != 1 {
				t.Errorf("%s has %v", u.cfg.Trunks[i].Name, hops)
			}
			if s := u.Trunks()[i]; !s.Up {
				t.Errorf("found, it is %+v", s)
			}
		}
		synctest.Wait()
		if n := strings.Count(log.String(), "address look-up failed"); n != len(u.cfg.Trunks) {
			t.Errorf("told %d times:\n%s", n, log.String())
		}
		answers.Store(false)
		time.Sleep(62 * time.Second) // in the middle of a look-up
		stopped := time.Now()
		stop()
		if err := <-donec; err != nil {
			t.Error(err)
		}
		if took := time.Since(stopped); took > 100*time.Millisecond {
			t.Errorf("the end took %v", took)
		}
	})
}

// A name in a dialog's next hop is located, as long as the dialog lives; until it is found, requests go to where the peer was.
// What is found may answer. An address in use is kept to.
func TestNextHopIsLocated(t *testing.T) {
	for _, tt := range []struct {
		name, contact string
		route         locate.Route
		err           error
		asked         locate.Target
		want          string
	}{
		{
			name: "with a port", contact: "<sip:600@Edge.example.com:5070>", route: routeTo(time.Hour, "198.51.100.7:5070"),
			asked: locate.Target{Host: "edge.example.com", Port: 5070, Network: udp}, want: "198.51.100.7:5070",
		},
		{
			name: "without", contact: "<sip:600@edge.example.com>", route: routeTo(time.Hour, "198.51.100.7:5066", "198.51.100.8:5066"),
			asked: locate.Target{Host: "edge.example.com", Network: udp}, want: "198.51.100.7:5066",
		},
		{
			name: "where the call is already", contact: "<sip:600@edge.example.com>", route: routeTo(time.Hour, "198.51.100.7:5066", "192.0.2.20:5060"),
			asked: locate.Target{Host: "edge.example.com", Network: udp}, want: "192.0.2.20:5060",
		},
		{
			name: "by TCP", contact: "<sip:600@edge.example.com;transport=TCP>", route: routeTo(time.Hour, "198.51.100.7:5060"),
			asked: locate.Target{Host: "edge.example.com", Network: tcp}, want: "198.51.100.7:5060",
		},
		{
			name: "not found", contact: "<sip:600@edge.example.com>", err: errors.New("nobody answers"),
			asked: locate.Target{Host: "edge.example.com", Network: udp}, want: "192.0.2.20:5060",
		},
	} {
		d := newTestDialog(t, tt.contact)
		u := d.leg.ua
		if got := d.hop().String(); got != "192.0.2.20:5060" {
			t.Errorf("%s: before it is found: %s", tt.name, got)
		}
		var asked []locate.Target
		u.peers.find = func(_ context.Context, target locate.Target, _ locate.Ability) (locate.Route, error) {
			asked = append(asked, target)
			return tt.route, tt.err
		}
		u.lookUp(t.Context())
		if fmt.Sprint(asked) != fmt.Sprint([]locate.Target{tt.asked}) {
			t.Errorf("%s: looked up %v, want %v", tt.name, asked, tt.asked)
		}
		if got := d.hop().String(); got != tt.want {
			t.Errorf("%s: found %s, want %s", tt.name, got, tt.want)
		}
		there := net.UDPAddrFromAddrPort(d.hop().addr)
		if !u.peers.allowed(there) {
			t.Errorf("%s: %v may not answer", tt.name, there)
		}
		d.leg.close()
		d.release()
		if _, known := u.peers.places[tt.asked]; known {
			t.Errorf("%s: it is looked up for ever", tt.name)
		}
		if tt.want != "192.0.2.20:5060" && u.peers.allowed(there) {
			t.Errorf("%s: it is let in for ever", tt.name)
		}
	}
}

// Whoever is at one of a trunk's addresses is the trunk; a stranger is not.
func TestEveryAddressIsTheTrunk(t *testing.T) {
	p := newPeers(nil, func(int) int { return 0 }, time.Minute)
	pbx := Trunk{Name: "pbx", Address: "pbx.example.com", Transport: udp}
	p.add(pbx.Name, pbx.sought())
	p.found(p.trunks["pbx"], time.Now(), routeTo(time.Hour, "192.0.2.20:5060", "192.0.2.21:5070"), nil)
	for _, address := range []string{"192.0.2.20:5060", "192.0.2.21:5070", "192.0.2.21:40000", "[::ffff:192.0.2.20]:5060"} {
		at := netip.MustParseAddrPort(address)
		if p.at(address) != "pbx" || !p.allowed(net.UDPAddrFromAddrPort(at)) {
			t.Errorf("%s is not the trunk", address)
		}
	}
	if p.at("192.0.2.22:5060") != "" || p.allowed(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 22), Port: 5060}) {
		t.Error("a stranger is let in")
	}
	if got := p.back(&pbx, "192.0.2.21:40000").String(); got != "192.0.2.21:5070" {
		t.Errorf("a call from the second address is answered by way of %s", got)
	}
	if got := p.name("192.0.2.21:5070"); got != "pbx/192.0.2.21" {
		t.Errorf("a trace says %s", got)
	}
}
