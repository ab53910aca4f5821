package bridge_test

import (
	"encoding/json"
	"strings"
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

// The password of cti.request.validatecredentials is never shown (protocol.md §4), however its key is written and
// wherever a mistaken bridge has put it.
func TestLineShowsNoPassword(t *testing.T) {
	for _, m := range []bridge.Message{
		{Name: bridge.ControlValidateCredentials, Body: json.RawMessage(`{"end-point":"1001","password":"hush"}`)},
		{Name: bridge.ControlValidateCredentials, Body: json.RawMessage(`{"PassWord":"hush","password":"hush"}`)},
		{Name: bridge.ControlValidateCredentials, Body: json.RawMessage(`{"pass\u0077ord":"hush"}`)},
		{Name: bridge.ControlValidateCredentials, Body: json.RawMessage(`["hush"]`)},
		{Name: bridge.ControlValidateCredentials, Body: json.RawMessage(`{"password":"hush`)},
		{Name: "cti.request.validatecredential", Body: json.RawMessage(`{"end-point":"1001","password":"hush"}`)},
	} {
		if line := m.Line(); strings.Contains(line, "hush") {
			t.Errorf("the password of %s is shown: %s", m.Body, line)
		}
	}
	m := bridge.Message{Name: bridge.ControlValidateCredentials, Target: bridge.Control, Body: json.RawMessage(`{"end-point":"1001","password":"hush"}`)}
	if line := m.Line(); !strings.Contains(line, `{"end-point":"1001"}`) {
		t.Errorf("the end-point is shown: %s", line)
	}
}
