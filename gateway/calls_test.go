package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/siptest"
)

// However a call ends, its place under the group's limit is given back, once, and nothing of it is kept: answered and
// hung up by either side, busy, given up while it rings, refused by the limit itself.
func TestCallsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		numbers := siptest.Numbers(0, 0)
		numbers["611"] = siptest.Behaviour{Ring: []int{180}, Status: 200, HangupAtOnce: true}
		pbx, err := siptest.New(siptest.Config{Conn: network.MustListen("192.0.2.20:5060"), Numbers: numbers})
		if err != nil {
			t.Fatal(err)
		}
		ua, err := sip.New(sip.Config{
			PacketConn: network.MustListen("192.0.2.10:5060"), Trunks: []sip.Trunk{{Name: "pbx", Address: "192.0.2.20"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		life, stopPBX := context.WithCancel(context.Background())
		var agent, peer sync.WaitGroup
		agent.Go(func() { _ = ua.Run(ctx) })
		peer.Go(func() { _ = pbx.Run(life) })
		group := config.ChannelGroup{Trunks: config.InOrder("pbx"), Limits: config.Limits{Concurrent: 20}}
		c := newCalls(config.Config{ChannelGroups: map[string]config.ChannelGroup{"sales": group}}, slog.New(slog.DiscardHandler))
		c.ua = ua
		synctest.Wait()
		var over sync.WaitGroup
		for round := range 20 {
			for i, user := range []string{"600", "611", "601", "602", "608"} {
				for j := range 6 { // 30 at once: the limit refuses some
					over.Add(1)
					c.place(fmt.Sprint(round, i, j), user, over.Done)
				}
			}
			over.Wait()
		}
		if live := c.limits["sales"].live; c.count() != 0 || live != 0 {
			t.Errorf("%d calls are kept, %d counted", c.count(), live)
		}
		stop()
		agent.Wait()
		stopPBX()
		peer.Wait()
	})
}

// place makes a call and hangs it up as soon as there is news of it, 608 at once.
func (c *calls) place(id, user string, over func()) {
	c.PlaceCall(interaction.Call{ID: id, Line: interaction.Line{Group: "sales", EndPoint: "1001"}, Destination: interaction.Destination{User: user}}, func(in interaction.Input) {
		switch in.(type) {
		case interaction.CallFailed, interaction.CallEnded:
			over()
		default:
			c.HangUp(id)
		}
	})
	if user == "608" {
		c.HangUp(id)
		c.HangUp(id)
	}
}

// Whose number and name the callee sees (docs/protocol.md §7.2, caller-id).
func TestCallerID(t *testing.T) {
	group := config.CallerID{Number: "+4930100", Name: "Acme"}
	for _, tt := range []struct {
		what         string
		group        config.CallerID
		dial         *bridge.CallerID
		number, name string
	}{
		{"nothing said", config.CallerID{}, nil, "1001", ""},
		{"the group's", group, nil, "+4930100", "Acme"},
		{"the dial's", group, &bridge.CallerID{Number: "+4930200", Name: "Ann"}, "+4930200", "Ann"},
		{"number without a name", group, &bridge.CallerID{Number: "+4930200"}, "+4930200", ""},
		{"name without a number", group, &bridge.CallerID{Name: "Ann"}, "+4930100", "Ann"},
	} {
		d := dialOf(interaction.Call{Line: interaction.Line{EndPoint: "1001"}, CallerID: tt.dial}, config.ChannelGroup{CallerID: tt.group})
		if d.CallerNumber != tt.number || d.CallerName != tt.name {
			t.Errorf("%s: got %q %q, want %q %q", tt.what, d.CallerNumber, d.CallerName, tt.number, tt.name)
		}
	}
}

// Whether the callee sees it at all.
func TestAnonymous(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		what  string
		group bool
		dial  *bridge.CallerID
		want  bool
	}{
		{"nobody asks for it", false, nil, false},
		{"the group does", true, nil, true},
		{"the group does, the dial brings a number", true, &bridge.CallerID{Number: "+4930200"}, true},
		{"the dial does", false, &bridge.CallerID{Anonymous: &yes}, true},
		{"the dial shows what the group withholds", true, &bridge.CallerID{Anonymous: &no}, false},
	} {
		group := config.ChannelGroup{CallerID: config.CallerID{Number: "+4930100", Anonymous: tt.group}}
		if urgent := dialOf(interaction.Call{CallerID: tt.dial, Destination: interaction.Destination{Urgent: true}}, group); urgent.Anonymous {
			t.Errorf("%s: withheld from who answers an emergency call", tt.what)
		}
		d := dialOf(interaction.Call{CallerID: tt.dial}, group)
		if d.Anonymous != tt.want || d.CallerNumber == "" {
			t.Errorf("%s: withheld %v, of %q", tt.what, d.Anonymous, d.CallerNumber)
		}
	}
}
