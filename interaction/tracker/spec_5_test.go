package tracker_test

import (
	"slices"
	"testing"
	"time"

	"tieline/bridge"
)

// "session.request.addchannelgroup" and "session.request.removechannelgroup": the group is there
// between the two, and its channels go with it.
func TestSpec_5_GroupsComeAndGo(t *testing.T) {
	onChannel(t, func(w *world) {
		groups := func() (ids []string) {
			for _, g := range body[bridge.SessionState](w, w.init("s1")).ChannelGroups {
				ids = append(ids, g.ChannelGroup)
			}
			return ids
		}
		w.add("s1", "support", bridge.ChannelRef{Channel: "2", EndPoint: "2", Type: bridge.Telephony})
		if got := groups(); !slices.Equal(got, []string{"sales", "support"}) {
			t.Errorf("a group that was added is in the session's init: %q", got)
		}
		n := len(w.stream())
		w.ask("x", bridge.SessionRemoveChannelGroup, "s1", `{"channel-group":"sales"}`)
		w.wantTold("what the group has to say goes first", n, "channel.disposed", "channelgroup.disposed", "session.request.removechannelgroup SUCCESS")
		if got := groups(); !slices.Equal(got, []string{"support"}) {
			t.Errorf("a group that was removed is not: %q", got)
		}
		w.wantFailure("it is gone", w.request(bridge.GroupInit, "s1.sales", ""), bridge.UnknownTarget)
		w.wantFailure("what is not there is not removed", w.request(bridge.SessionRemoveChannelGroup, "s1", `{"channel-group":"sales"}`), bridge.UnknownTarget)
	})
}

// "session.request.logout: answered when the logout is complete: ready off, channels deactivated,
// calls that the policy does not keep released".
func TestSpec_5_LogoutIsAnsweredWhenItIsComplete(t *testing.T) {
	alerted(t, func(w *world) {
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		second := w.add("s1", "support", bridge.ChannelRef{Channel: "2", EndPoint: "2", Type: bridge.Telephony})
		w.request(bridge.ChannelActivate, second, "")
		n, orders := len(w.stream()), len(w.pbx())
		w.bus.SetDelay(time.Second) // each message takes a second to be stored
		w.ask("out", bridge.SessionLogout, "s1", "", to{reply: "inbox"})
		w.pause(4500 * time.Millisecond)
		w.wantNoResponse("not before it is complete", "out")
		w.wantPBX("calls are released at once", orders, "hang up c1")
		w.pause(time.Minute)
		told := w.told(n)
		if len(told) == 0 || told[len(told)-1] != "session.request.logout SUCCESS" {
			t.Errorf("the answer comes last: %q", told)
		}
		for _, done := range []string{"channel.notready", "interaction.ended", "conversation.ended"} {
			if !slices.Contains(told, done) {
				t.Errorf("%s before the answer: %q", done, told)
			}
		}
		w.bus.SetDelay(0)
		for _, c := range []bridge.Target{channel, second} {
			if got := body[bridge.ChannelState](w, w.init(c)); got.State != bridge.LoginInactive || got.Ready {
				t.Errorf("ready is off, the channel deactivated: %s %+v", c, got)
			}
		}
	})
}

// "calls that the policy does not keep released": with a policy that keeps them they go on.
func TestSpec_5_LogoutKeepsCalls(t *testing.T) {
	for _, keep := range []bool{false, true} {
		spec(t, func(w *world) {
			w.settings.KeepCallsAtLogout = keep
			w.restart()
			w.open()
			w.dial("d1", "600")
			w.tell(w.answered())
			orders := len(w.pbx())
			w.wantSuccess("the logout", w.request(bridge.SessionLogout, "s1", ""))
			got := body[bridge.InteractionInitState](w, w.init(contact))
			switch {
			case keep && (got.State != bridge.Started || len(w.pbx()) != orders):
				t.Errorf("the policy keeps calls: %+v", got)
			case !keep && (got.State != bridge.Ended || got.End.ReleasedBy != bridge.BySystem):
				t.Errorf("calls that the policy does not keep are released: %+v", got)
			}
		})
	}
}

// A dial without an outcome is a call that the policy keeps or does not keep, too.
func TestSpec_5_LogoutDuringADial(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.wantSuccess("the logout", w.request(bridge.SessionLogout, "s1", ""))
		w.wantFailure("§2: ended by a logout before an outcome", "d1", bridge.Cancelled)
		if w.hung() != 1 {
			t.Error("the call is released")
		}
	})
}

// "session.disposed {"reason":"…"}": why the session is gone.
func TestSpec_5_DisposedSaysWhy(t *testing.T) {
	reason := func(end func(w *world)) (reason string) {
		onChannel(t, func(w *world) {
			end(w)
			for _, m := range w.stream() {
				if m.Name == bridge.SessionDisposed {
					reason += body[bridge.Disposed](w, m).Reason
				}
			}
		})
		return reason
	}
	if got := reason(func(w *world) { w.request(bridge.SessionDispose, "s1", "") }); got != "disposed" {
		t.Errorf("because it was asked for: %q", got)
	}
	if got := reason(func(w *world) { w.shutdown() }); got != "gateway is shutting down" {
		t.Errorf("because the gateway is going: %q", got)
	}
}
