package bridge_test

import (
	"encoding/json"
	"testing"

	"tieline/bridge"
)

func TestLine(t *testing.T) {
	dial := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: "s1.g1.c1", RequestID: "r1", Body: json.RawMessage(`{ "destination" : "600" }`)}
	success := dial.Succeed(nil)
	success.Seq = 8
	failure := dial.Fail(bridge.Busy.Error("The line is busy."))
	failure.Seq = 9
	added := bridge.Event(bridge.ChannelInteractionAdded, "s1.g1.c1", bridge.InteractionRemoved{Interaction: "i1"})
	added.Seq = 7
	for _, row := range []struct {
		m    bridge.Message
		want string
	}{
		{dial, `cti.request  channel.request.dial     s1.g1.c1 {"destination":"600"}`},
		{added, `cti.event    channel.interactionadded s1.g1.c1 #7 {"interaction":"i1"}`},
		{success, `cti.response channel.request.dial     s1.g1.c1 #8 SUCCESS`},
		{failure, `cti.response channel.request.dial     s1.g1.c1 #9 FAILURE The line is busy. {"error":{"code":"BUSY","retryable":false}}`},
		{bridge.Event(bridge.ChannelDisposed, "s1.g1.c1", nil), `cti.event    channel.disposed         s1.g1.c1`},
		{bridge.Event(bridge.ChannelDisposed, "s1.g1.c1", struct{}{}), `cti.event    channel.disposed         s1.g1.c1`},
		{bridge.Message{Type: bridge.TypeQuery, Name: "x", Target: "s1", Body: json.RawMessage(`not json`)}, `cti.query    x                        s1`},
	} {
		if got := row.m.Line(); got != row.want {
			t.Errorf("line\n got %q\nwant %q", got, row.want)
		}
	}
}

func TestNames(t *testing.T) {
	seen := map[bridge.Name]bool{}
	for _, n := range bridge.AllAsked() {
		kind, _, ok := n.Asked()
		if !ok || seen[n] || kind != bridge.TypeQuery && kind != bridge.TypeRequest {
			t.Errorf("%s is listed once, and is a query or request: %v %s", n, ok, kind)
		}
		seen[n] = true
	}
	for _, n := range []bridge.Name{"", "channel.query.paint", bridge.ChannelInteractionAdded, bridge.ControlStatus, "Channel.Request.Dial"} {
		if _, _, ok := n.Asked(); ok {
			t.Errorf("%q cannot be asked", n)
		}
	}
}
