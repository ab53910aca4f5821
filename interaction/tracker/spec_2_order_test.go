package tracker_test

import (
	"testing"
	"time"

	"tieline/bridge"
)

// "What is sent to the destinations of one session is carried out in the order in which it was sent": also behind
// what takes many steps, the activation of a group with several channels.
func TestSpec_2_InTheOrderSent_BehindAGroupsActivation(t *testing.T) {
	for _, last := range []struct {
		name   bridge.Name
		target bridge.Target
	}{{bridge.SessionLogout, "s1"}, {bridge.ChannelDeactivate, "s1.sales.1003"}} {
		onChannel(t, func(w *world) {
			for _, c := range []string{"1002", "1003"} {
				w.add("s1", "sales", bridge.ChannelRef{Channel: c, EndPoint: c, Type: bridge.Telephony})
			}
			w.bus.SetDelay(30 * time.Millisecond)
			activate := w.request(bridge.GroupActivate, "s1.sales", "")
			end := w.request(last.name, last.target, "")
			w.pause(time.Minute)
			w.bus.SetDelay(0)
			w.wantSuccess("the group is activated", activate)
			w.wantSuccess("then the end-point is logged out", end)
			if got := w.login("s1.sales.1003"); got != bridge.LoginInactive {
				t.Errorf("%s was sent last and is carried out last: %s", last.name, got)
			}
		})
	}
}

// The same with a logout or a group's activation behind requests of a channel.
func TestSpec_2_InTheOrderSent_BehindAChannelsRequests(t *testing.T) {
	onChannel(t, func(w *world) {
		w.bus.SetDelay(30 * time.Millisecond)
		for _, name := range []bridge.Name{bridge.ChannelActivate, bridge.ChannelReadyRequest, bridge.ChannelNotReadyRequest, bridge.ChannelReadyRequest, bridge.ChannelDial} {
			w.request(name, channel, `{"destination":"600"}`)
		}
		out := w.request(bridge.SessionLogout, "s1", "")
		w.pause(time.Minute)
		w.bus.SetDelay(0)
		w.wantSuccess("the agent is logged out", out)
		if got := body[bridge.ChannelState](w, w.init(channel)); got.Ready || got.State != bridge.LoginInactive {
			t.Errorf("the logout was sent last and is carried out last: %+v", got)
		}
		w.wantPBX("and ends the call", 0, "call id1 to 600", "hang up id1")
	})
	onDuty(t, func(w *world) {
		w.bus.SetDelay(30 * time.Millisecond)
		for _, name := range []bridge.Name{bridge.ChannelNotReadyRequest, bridge.ChannelDeactivate} {
			w.request(name, channel, "")
		}
		activate := w.request(bridge.GroupActivate, "s1.sales", "")
		w.pause(time.Minute)
		w.bus.SetDelay(0)
		w.wantSuccess("the group is activated", activate)
		if got := w.login(channel); got != bridge.LoginActive {
			t.Errorf("the activation was sent last and is carried out last: %s", got)
		}
	})
}
