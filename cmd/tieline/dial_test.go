package main

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"

	"tieline/bridge/contract"
	"tieline/bridge/processor"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/interaction/tracker"
	"tieline/sip/siptest"
)

// newSystem runs a scripted PBX and a gateway, and returns the URL of its NATS.
func newSystem(t *testing.T) string {
	t.Helper()
	nats, _ := newSystemWithPBX(t)
	return nats
}

func newSystemWithPBX(t *testing.T) (nats string, pbx *siptest.PBX) {
	t.Helper()
	network := siptest.NewNetwork(1)
	pbx, err := siptest.New(siptest.Config{Conn: network.MustListen("192.0.2.1:5060"), Numbers: siptest.Numbers(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.Processor.ID = "acme"
	cfg.NATS.Embedded.Listen = "127.0.0.1:0"
	cfg.Admin.Listen = config.None
	trunk := config.DefaultTrunk()
	trunk.Address, trunk.Domain = "192.0.2.1:5060", "pbx"
	cfg.Trunks["pbx"] = trunk
	group := config.DefaultGroup()
	group.Trunks = config.InOrder("pbx")
	cfg.ChannelGroups["sales"] = group
	group.Station.ByEndPoint = map[string]string{"1002": "sip:610@pbx", "1003": "sip:601@pbx"} // answers, is busy
	cfg.ChannelGroups["desk"] = group
	heard := contract.Heard(t)
	g, err := gateway.New(cfg, gateway.Options{
		Memory: true, PacketConn: network.MustListen("192.0.2.2:5060"), MediaConn: network.MustListen("192.0.2.2:9000"),
		BusTrace: func(c tracker.Crossing) {
			if !c.In {
				heard(c.Message)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	pbxCtx, stopPBX := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { _ = pbx.Run(pbxCtx) })
	all.Go(func() {
		if err := g.Run(ctx); err != nil {
			t.Error(err)
		}
		stopPBX()
	})
	t.Cleanup(func() {
		stop()
		all.Wait()
		if pbx.Open() != 0 {
			t.Error("no call is left open at the PBX")
		}
	})
	greet(t, g)
	return g.NATS(), pbx
}

// greet returns when the gateway takes requests.
func greet(t *testing.T, g *gateway.Gateway) {
	t.Helper()
	peer, err := g.Peer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	client, err := processor.Open(t.Context(), peer, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Greet(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestDial(t *testing.T) {
	nats, pbx := newSystemWithPBX(t)
	dial := func(args ...string) *process {
		return start(append([]string{"dial", "--nats", nats, "--end-point", "1001", "--session", "s1"}, args...)...)
	}
	t.Run("Ctrl-C hangs up a call that was answered", func(t *testing.T) {
		p := dial("600", "--group", "sales")
		p.out.await(t, `"STARTED"`)
		p.signalc <- syscall.SIGINT
		p.wants(t, "an answered call", exitOK)
		wantText(t, "the outcome", p.out.String(), "Answered; released by the agent after")
		wantText(t, "the session is disposed of", p.out.String(), "session.request.dispose")
	})
	t.Run("Ctrl-C hangs up a call that rings", func(t *testing.T) {
		p := dial("602", "--group", "sales")
		p.out.await(t, "conversation.query.init")
		p.signalc <- syscall.SIGINT
		p.wants(t, "a ringing call", exitOK)
		wantText(t, "the outcome", p.out.String(), "Released by the agent before an answer.")
	})
	t.Run("a failure is told in full", func(t *testing.T) {
		p := dial("601", "--group", "sales", "--quiet")
		p.wants(t, "a busy line", exitFailed)
		wantText(t, "the failure", p.err.String(), "The line is busy. (BUSY, SIP 486 Busy Here, trunk pbx)")
		if p.out.String() != "" {
			t.Errorf("--quiet prints the outcome only:\n%s", p.out)
		}
	})
	t.Run("a bad number is told", func(t *testing.T) {
		p := dial("--group", "sales", "no number")
		p.wants(t, "not a number", exitFailed)
		wantText(t, "the failure", p.err.String(), "INVALID_DESTINATION")
	})
	t.Run("a callee who does not answer in time", func(t *testing.T) {
		p := dial("602", "--group", "sales", "--timeout", "300ms")
		p.wants(t, "no answer", exitFailed)
		wantText(t, "the failure", p.err.String(), "NO_ANSWER")
	})
	t.Run("an agent with a phone", func(t *testing.T) {
		p := dial("600", "--group", "desk", "--channel", "c2", "--end-point", "1002")
		p.out.await(t, `"STARTED"`)
		pbx.Live("610").Bye()
		p.wants(t, "who hangs up the phone", exitOK)
		wantText(t, "the outcome", p.out.String(), "Answered; released by the agent after")
	})
	t.Run("an agent's phone that does not take the call", func(t *testing.T) {
		p := dial("600", "--group", "desk", "--channel", "c3", "--end-point", "1003")
		p.wants(t, "a busy phone", exitFailed)
		wantText(t, "the failure", p.err.String(), "The agent's phone is busy. (STATION_BUSY, SIP 486 Busy Here, trunk pbx)")
	})
	t.Run("nobody serves the group", func(t *testing.T) {
		p := dial("600", "--group", "support")
		p.wants(t, "nobody", exitNobody)
		wantText(t, "the sentence", p.err.String(), `no gateway serves the channel group "support"`)
	})
}

func TestWatch(t *testing.T) {
	nats := newSystem(t)
	w := start("watch", "--nats", nats, "--requests", "--all")
	w.out.await(t, "cti.status") // the gateway's own, from before the watch
	start("dial", "--nats", nats, "--group", "sales", "--end-point", "1001", "601").wants(t, "the dial", exitFailed)
	w.out.await(t, "session.disposed")
	w.out.await(t, "bridge ─▶ gw  cti.request  session.request.dispose") // between the two there is no order
	w.signalc <- syscall.SIGINT
	w.wants(t, "Ctrl-C ends it", exitOK)
	var asked, answered bool
	for line := range strings.Lines(w.out.String()) {
		asked = asked || strings.Contains(line, "bridge ─▶ gw  cti.request  channel.request.dial")
		answered = answered || strings.Contains(line, "bridge ◀─ gw  cti.response channel.request.dial") && strings.Contains(line, "FAILURE The line is busy.")
	}
	if !asked || !answered {
		t.Errorf("requests and responses are shown:\n%s", w.out)
	}
}

func TestWatchWithoutNATS(t *testing.T) {
	p := start("watch", "--nats", "nats://127.0.0.1:1", "--processor", "bad.name")
	p.wants(t, "a bad processor name", exitFailed)
	wantText(t, "why", p.err.String(), "processor")
}
