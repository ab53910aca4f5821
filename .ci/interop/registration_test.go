//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
)

// registering is a gateway with an account at Kamailio whose agents' end-points are registered while they are logged in.
func registering(transport string) gateway {
	return gateway{
		Peer: kamailioAddress + ":5060", Transport: transport, Account: "tieline", Registration: `{password: "secret{end-point}"}`,
	}
}

// TestRegistration: Kamailio learns where an agent is from the agent's own registration, sends calls there, and takes those
// that come from it. After the log-out, and after the gateway's end, it knows nothing any more.
func TestRegistration(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			kamailio := startKamailio(t)
			phone := startPhone(t, "600", answering(byItself))
			gw := registering(transport).start(t)
			kamailio.awaitLine(t, "the trunk's own account is registered", "has a binding of tieline")
			a := logIn(t)
			a.takeCalls()
			kamailio.awaitLine(t, "the agent is registered", "has a binding of 1001")
			t.Run("the phone calls the agent", func(t *testing.T) {
				phone.call(t, "1001")
				c := a.on(t).offered()
				a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
				c.awaitStarted()
				phone.hangUp(t)
				c.wantEnded("released-by remote")
				c.complete()
			})
			t.Run("the agent calls the phone", func(t *testing.T) {
				c := a.on(t).dial("600")
				c.wantAdded()
				c.awaitStarted()
				c.hangUp()
				phone.awaitClosed(t)
				c.complete()
			})
			t.Run("somebody else's password is of no use", func(t *testing.T) {
				a := a.on(t)
				a.ask(bridge.GroupAddChannel, group, group+".nobody", bridge.ChannelRef{Channel: "nobody", EndPoint: "ToWhom", Type: bridge.Telephony})
				a.ask(bridge.ChannelInit, group+".nobody", group+".nobody", nil)
				m, err := a.try(bridge.ChannelActivate, group+".nobody", group+".nobody", nil) // Kamailio wants secrettowhom
				must(t, err, "ask for the registration")
				if e := m.Err(); e == nil || e.Code != bridge.Forbidden || e.Tried == nil || e.Tried.SIP.Status != 401 {
					t.Errorf("activate is answered %s", m.Line())
				}
			})
			t.Run("the agent leaves", func(t *testing.T) {
				a.on(t).ask(bridge.ChannelDeactivate, channel, channel, nil)
				kamailio.awaitLine(t, "the agent is registered no more", "removed the binding of 1001")
				phone.call(t, "1001")
				phone.awaitClosed(t)
			})
			gw.end(t)
			kamailio.awaitLine(t, "nor is the trunk's account", "removed the binding of tieline")
		})
	}
}

// TestRegistrationByProxy: the domain of the addresses has no address of its own; everything goes by a proxy, with a route.
func TestRegistrationByProxy(t *testing.T) {
	kamailio := startKamailio(t)
	phone := startPhone(t, "600", answering(byItself))
	g := registering("udp")
	g.Peer, g.Proxy = kamailioAddress+":5999", kamailioAddress
	gw := g.start(t)
	kamailio.awaitLine(t, "the account is registered", "has a binding of tieline")
	c := logIn(t).dial("600")
	c.wantAdded()
	c.awaitStarted()
	c.hangUp()
	phone.awaitClosed(t)
	gw.end(t)
	kamailio.awaitLine(t, "the account is registered no more", "removed the binding of tieline")
}

// TestThousandsRegister: 2000 agents log in at once. Each is registered, none of them twice, and at the end none is.
func TestThousandsRegister(t *testing.T) {
	const n = 2000
	kamailio := startKamailio(t)
	gw := registering("udp").start(t)
	a := logIn(t)
	for i := range n {
		id := fmt.Sprint(2000 + i)
		c := group.Child(id)
		a.ask(bridge.GroupAddChannel, group, c, bridge.ChannelRef{Channel: id, EndPoint: id, Type: bridge.Telephony})
		a.ask(bridge.ChannelInit, c, c, nil)
	}
	begun := time.Now()
	var answers []func() bridge.Message
	for i := range n {
		answers = append(answers, a.start(bridge.ChannelActivate, group.Child(fmt.Sprint(2000+i)), nil))
	}
	for _, answer := range answers {
		if m := answer(); m.Result != bridge.Success {
			t.Fatalf("activate is answered %s", m.Line())
		}
	}
	t.Logf("%d registrations in %s", n, time.Since(begun).Round(time.Millisecond))
	kamailio.awaitLines(t, "all are registered, and the trunk's account", n+1, "has a binding of")
	gw.end(t)
	kamailio.awaitLines(t, "none is registered any more", n+1, "removed the binding of")
	said, _ := kamailio.out.read()
	if more := strings.Count(said, "has a binding of"); more > n+1 {
		t.Errorf("%d registrations, want %d", more, n+1)
	}
}
