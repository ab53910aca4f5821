package sip_test

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tieline/sip"
	"tieline/sip/locate"
)

// zone is what DNS says of trunks in a ladder.
type zone struct {
	mu        sync.Mutex
	addresses []string // of the trunk pbx: PBXs by name
}

// serve makes the first PBXs one trunk, where setup says so.
func (z *zone) serve(t *testing.T, d *datadriven.TestData, c *sip.Config) {
	n, err := strconv.Atoi(arg(d, "addresses", "0"))
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		return
	}
	for _, trunk := range c.Trunks[:n] {
		z.addresses = append(z.addresses, trunk.Name)
	}
	c.Trunks[0].Address = "pbx.example.com"
	c.Trunks = append(c.Trunks[:1], c.Trunks[n:]...)
	c.Locate = z.locate
	paced := c.PacketConn.(*paced)
	counted := paced.PacketConn.(listening)
	counted.PacketConn = nowhere{counted.PacketConn}
	paced.PacketConn = counted
}

func (z *zone) set(args []datadriven.CmdArg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.addresses = nil
	for _, a := range args {
		z.addresses = append(z.addresses, a.Key)
	}
}

// locate finds the trunk pbx by its SRV records, of one priority each, and hosts by their names.
func (z *zone) locate(_ context.Context, t locate.Target, able locate.Ability) (locate.Route, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return locate.Locate(t, able, func(q locate.Question) (locate.Answer, error) {
		a := locate.Answer{TTL: time.Minute}
		name, port, _ := strings.Cut(q.Name, ".")
		switch {
		case q.Name == "_sip._udp.pbx.example.com" && q.Type == locate.SRV:
			for i, host := range z.addresses {
				a.Services = append(a.Services, locate.Service{Priority: uint16(i), Port: 5060, Host: host + ".host"})
			}
		case port == "host" && q.Type == locate.A:
			a.Addrs = append(a.Addrs, addressOf(name))
		}
		return a, nil
	})
}

// addressOf is where newStage puts a PBX.
func addressOf(pbx string) netip.Addr {
	if pbx == "nowhere" {
		return netip.MustParseAddr("198.51.100.1")
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(pbx, "pbx"))
	return netip.AddrFrom4([4]byte{192, 0, 2, byte(20 + max(n-1, 0))})
}

// nowhere is a socket from which there is no way to one address.
type nowhere struct{ net.PacketConn }

func (n nowhere) WriteTo(b []byte, to net.Addr) (int, error) {
	if strings.HasPrefix(to.String(), "198.51.100.1:") {
		return 0, &net.OpError{Op: "write", Net: "udp", Err: syscall.ENETUNREACH}
	}
	return n.PacketConn.WriteTo(b, to)
}
