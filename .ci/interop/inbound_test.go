//go:build interop

package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"tieline/bridge"
)

// gatewayAddress is where the gateway takes calls.
const gatewayAddress = "127.0.2.1:5060"

// callFrom runs SIPp as a caller of an end-point; its exit code is 0 if the gateway said what the
// scenario wants to hear. then is what happens, see sipp/caller.xml; pause is until it does.
func callFrom(t *testing.T, endPoint, then, transport string, pause time.Duration) *process {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("sipp", "caller.xml"))
	must(t, err, "read the caller's scenario")
	since := 4 // messages since the INVITE, whose branch the ACK of a refusal has
	if then == "gives up" {
		since = 7
	}
	scenario := fill(t, "caller.xml", string(text), struct {
		Then  string
		Since int
	}{then, since})
	return sipp(t, append([]string{
		"-sf", scenario, "-m", "1", "-s", endPoint, "-t", transport[:1] + "1",
		"-d", strconv.FormatInt(pause.Milliseconds(), 10), gatewayAddress,
	}, messages()...)...)
}

// takeCalls logs the agent's channel in and makes it ready.
func (a *agent) takeCalls() {
	a.t.Helper()
	a.ask(bridge.ChannelActivate, channel, channel, nil)
	a.ask(bridge.ChannelReadyRequest, channel, channel, nil)
}

// offered waits for the next inbound call and takes it up. It may be over by then.
func (a *agent) offered() *call {
	a.t.Helper()
	c := &call{t: a.t, agent: a}
	var added bridge.InteractionAdded
	a.await("an inbound call is added", func(m bridge.Message) bool {
		added = bridge.InteractionAdded{}
		return m.Name == bridge.ChannelInteractionAdded && json.Unmarshal(m.Body, &added) == nil &&
			added.Direction == bridge.Inbound && !slices.Contains(a.taken, added.Interaction)
	})
	a.taken = append(a.taken, added.Interaction)
	if added.State != bridge.Alerting || added.Conversations.Primary == nil {
		a.t.Fatalf("an inbound call is ALERTING and has a conversation: %+v", added)
	}
	c.remote = added.Remote
	c.interaction = channel.Child(added.Interaction)
	c.conversation = c.interaction.Child(added.Conversations.Primary.ID)
	a.ask(bridge.InteractionInit, c.interaction, c.interaction, nil)
	a.ask(bridge.ConversationInit, c.conversation, c.conversation, nil)
	return c
}

func TestSIPpCalls(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport+", and hangs up", func(t *testing.T) {
			gateway{Peer: sippAddress, Transport: transport}.start(t)
			a := logIn(t)
			a.takeCalls()
			sipp := callFrom(t, channel.ID(), "hangs up", transport, 300*time.Millisecond)
			c := a.offered()
			if want := (bridge.Party{Number: "+49301234567", Name: "Bob"}); c.remote != want {
				t.Errorf("the caller is %+v, want %+v", c.remote, want)
			}
			var data struct {
				Data struct {
					Called    string `json:"called-number"`
					Diversion struct{ Number, Reason string }
				} `json:"interaction-data"`
			}
			must(t, json.Unmarshal(a.ask(bridge.InteractionDataQuery, c.interaction, c.interaction, nil).Body, &data), "read the call's data")
			if d := data.Data; d.Called != "2000" || d.Diversion.Number != "2000" || d.Diversion.Reason != "no-answer" {
				t.Errorf("the call was for 2000, who did not answer: %+v", d)
			}
			a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
			c.awaitStarted()
			c.wantEnded("released-by remote")
			sipp.awaitExit(t, "SIPp was answered and hung up", 0, patience)
			c.complete()
		})
	}
	t.Run("and is hung up on", func(t *testing.T) {
		gateway{Peer: sippAddress}.start(t)
		a := logIn(t)
		a.takeCalls()
		sipp := callFrom(t, channel.ID(), "is hung up on", "udp", 0)
		c := a.offered()
		a.ask(bridge.ConversationAnswer, c.conversation, c.conversation, nil)
		c.awaitStarted()
		c.hangUp()
		c.wantEnded("released-by agent")
		sipp.awaitExit(t, "SIPp got its BYE", 0, patience)
	})
	t.Run("and gives up", func(t *testing.T) {
		gateway{Peer: sippAddress}.start(t)
		a := logIn(t)
		a.takeCalls()
		sipp := callFrom(t, channel.ID(), "gives up", "udp", 300*time.Millisecond)
		c := a.offered()
		c.wantEnded("error CANCELLED")
		sipp.awaitExit(t, "SIPp's CANCEL was answered, and its INVITE by 487", 0, patience)
	})
}

// TestSIPpIsRefused: nobody is logged in, not ready, unknown, busy, rejected.
func TestSIPpIsRefused(t *testing.T) {
	gateway{Peer: sippAddress}.start(t)
	a := logIn(t)
	refused := func(endPoint, status string) {
		t.Run(status, func(t *testing.T) {
			callFrom(t, endPoint, status, "udp", 0).awaitExit(t, "SIPp is refused with "+status, 0, patience)
		})
	}
	refused(channel.ID(), "480")
	refused("4711", "404")
	a.takeCalls()
	for _, reject := range []struct {
		status string
		reason bridge.RejectReason
	}{{"486", bridge.RejectBusy}, {"603", bridge.RejectDecline}} {
		t.Run("rejected "+string(reject.reason), func(t *testing.T) {
			sipp := callFrom(t, channel.ID(), reject.status, "udp", 0)
			c := a.on(t).offered()
			a.ask(bridge.InteractionReject, c.interaction, c.interaction, bridge.Reject{Reason: reject.reason})
			sipp.awaitExit(t, "SIPp is refused with "+reject.status, 0, patience)
			c.wantEnded("released-by agent")
			c.complete()
		})
	}
}

// wantEnded waits for the end of the call and wants it to be for this reason.
func (c *call) wantEnded(why string) {
	c.t.Helper()
	m := c.awaitEnded()
	if got, want := c.line(m), string(bridge.InteractionEnded)+" "+why; got != want {
		c.t.Errorf("the call has ended: %s, want %s", got, want)
	}
}

// TestPhoneCalls: the phone behind Kamailio calls the agent, both ways of ending it, and gives up once.
func TestPhoneCalls(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			kamailio := startKamailio(t)
			phone := startPhone(t, "600", answering(byItself))
			gateway{Peer: kamailioAddress + ":5060", Transport: transport}.start(t)
			a := logIn(t)
			a.takeCalls()
			t.Run("and hangs up", func(t *testing.T) {
				phone.call(t, "91001")
				c := a.on(t).offered()
				if c.remote.Number != "600" {
					t.Errorf("Kamailio says that 600 calls, not %q", c.remote.Number)
				}
				a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
				c.awaitStarted()
				kamailio.awaitLines(t, "the phone's ACK goes through Kamailio", 1, "loose-routed ACK")
				phone.hangUp(t)
				c.wantEnded("released-by remote")
				kamailio.awaitLines(t, "the phone's BYE goes through Kamailio", 1, "loose-routed BYE")
				c.complete()
			})
			t.Run("and is hung up on", func(t *testing.T) {
				phone.call(t, "91001")
				c := a.on(t).offered()
				a.ask(bridge.ConversationAnswer, c.conversation, c.conversation, nil)
				c.awaitStarted()
				c.hangUp()
				c.wantEnded("released-by agent")
				kamailio.awaitLines(t, "our BYE goes through Kamailio", 2, "loose-routed BYE")
				phone.awaitClosed(t)
				c.complete()
			})
			t.Run("and gives up", func(t *testing.T) {
				phone.call(t, "91001")
				c := a.on(t).offered()
				phone.hangUp(t)
				c.wantEnded("error CANCELLED")
				c.complete()
			})
		})
	}
}

// TestJavaScriptFamily: every message of the protocol that works, by a bridge that is not ours.
func TestJavaScriptFamily(t *testing.T) {
	startKamailio(t)
	phone := startPhone(t, "600", answering(byItself))
	gateway{Peer: kamailioAddress + ":5060"}.start(t)
	awaitGateway(t)
	script := startScript(t, "family.mjs")
	for n := range 3 {
		script.awaitLines(t, "the script awaits a call", n+1, "the phone may call")
		phone.call(t, "91001")
		if n == 1 {
			script.awaitLine(t, "the script has answered", "the phone may hang up")
			phone.hangUp(t)
		}
	}
	script.awaitExit(t, "the whole family works", 0, 30*time.Second)
	said, _ := script.out.read()
	t.Log(said)
}
