package tracker_test

import (
	"slices"
	"testing"
	"time"

	"tieline/bridge"
)

// onPhone is another session with a channel for the same end-point.
func (w *world) onPhone(session string) bridge.Target {
	w.t.Helper()
	return w.add(session, "sales", bridge.ChannelRef{Channel: "a", EndPoint: "1001", Type: bridge.Telephony})
}

func (w *world) login(c bridge.Target) bridge.LoginState {
	w.t.Helper()
	return body[bridge.ChannelState](w, w.init(c)).State
}

// §7: "Log-in state: INACTIVE (nobody logged in), ACTIVE (this session's agent), UNAVAILABLE
// (another agent has the end-point)."
func TestSpec_7_LoginState(t *testing.T) {
	onChannel(t, func(w *world) {
		other := w.onPhone("s2")
		want := func(why string, mine, others bridge.LoginState) {
			t.Helper()
			if m, o := w.login(channel), w.login(other); m != mine || o != others {
				t.Errorf("%s: %s and %s, want %s and %s", why, m, o, mine, others)
			}
		}
		want("nobody logged in", bridge.LoginInactive, bridge.LoginInactive)
		w.request(bridge.ChannelActivate, channel, "")
		want("this session's agent", bridge.LoginActive, bridge.LoginUnavailable)
		w.request(bridge.ChannelDispose, channel, "")
		if got := w.login(other); got != bridge.LoginInactive {
			t.Errorf("who is gone is not logged in: %s", got)
		}
		w.request(bridge.ChannelActivate, other, "")
		if got := w.login(w.onPhone("s3")); got != bridge.LoginUnavailable {
			t.Errorf("another agent has the end-point, and had it before: %s", got)
		}
	})
}

// §7: "Independently ready true or false: whether inbound interactions may be offered."
func TestSpec_7_ReadyIsIndependent(t *testing.T) {
	onChannel(t, func(w *world) {
		want := func(why string, login bridge.LoginState, ready bool, offered string) {
			t.Helper()
			if got := body[bridge.ChannelState](w, w.init(channel)); got.State != login || got.Ready != ready {
				t.Errorf("%s: %+v", why, got)
			}
			n := len(w.pbx())
			w.ring(why)
			if got := w.pbx()[n:]; got[0] != offered {
				t.Errorf("whether inbound interactions may be offered, %s: %q", why, got)
			}
		}
		want("neither", bridge.LoginInactive, false, "refuse neither: not active or not ready")
		w.request(bridge.ChannelReadyRequest, channel, "")
		want("ready", bridge.LoginInactive, true, "refuse ready: not active or not ready")
		w.request(bridge.ChannelActivate, channel, "")
		w.request(bridge.ChannelNotReadyRequest, channel, "")
		want("active", bridge.LoginActive, false, "refuse active: not active or not ready")
		w.request(bridge.ChannelReadyRequest, channel, "")
		want("both", bridge.LoginActive, true, "take both")
		w.request(bridge.ChannelDeactivate, channel, "")
		want("ready", bridge.LoginInactive, true, "refuse ready: not active or not ready")
	})
}

// The body of channel.query.init, to the byte.
func TestSpec_7_1_Init(t *testing.T) {
	alerted(t, func(w *world) {
		const want = `{"end-point":"1001","type":"Telephony","channel-state":"ACTIVE","ready":true,"interactions":[{"interaction":"id1","interaction-state":"ALERTING"}]}`
		if got := string(w.init(channel).Body); got != want {
			t.Errorf("channel.query.init:\n got %s\nwant %s", got, want)
		}
	})
}

// "one end-point is active in one channel at a time, over all sessions of the gateway: the others
// see channel.unavailable, and channel.available when it is given back. activate of an UNAVAILABLE
// channel is INVALID_STATE".
func TestSpec_7_1_OneEndPointOneAgent(t *testing.T) {
	onChannel(t, func(w *world) {
		other := w.onPhone("s2")
		told := func(sentence string, n int, mine, others []string) {
			t.Helper()
			if m, o := w.told(n, channel), w.told(n, other); !slices.Equal(m, mine) || !slices.Equal(o, others) {
				t.Errorf("%s: %q and %q", sentence, m, o)
			}
		}
		n := len(w.stream())
		w.request(bridge.ChannelActivate, channel, "")
		told("the others see channel.unavailable", n, []string{"channel.activated", "channel.request.activate SUCCESS"}, []string{"channel.unavailable"})
		w.ask("late", bridge.ChannelActivate, other, "")
		w.wantFailure("activate of an UNAVAILABLE channel", "late", bridge.InvalidState)
		for _, back := range []func(){
			func() { w.request(bridge.ChannelDeactivate, channel, "") },
			func() { w.request(bridge.SessionLogout, "s1", "") },
		} {
			w.request(bridge.ChannelActivate, channel, "")
			n = len(w.stream())
			back()
			if o := w.told(n, other); !slices.Equal(o, []string{"channel.available"}) {
				t.Errorf("channel.available when it is given back: %q", o)
			}
		}
		n = len(w.stream())
		w.request(bridge.ChannelActivate, other, "")
		told("then another may have it", n, []string{"channel.unavailable"}, []string{"channel.activated", "channel.request.activate SUCCESS"})
	})
}

// The same when two ask in the same moment: one gets it.
func TestSpec_7_1_TwoAskAtOnce(t *testing.T) {
	onChannel(t, func(w *world) {
		other := w.onPhone("s2")
		w.bus.SetDelay(10 * time.Millisecond)
		w.ask("mine", bridge.ChannelActivate, channel, "")
		w.ask("other", bridge.ChannelActivate, other, "")
		w.pause(time.Minute)
		mine, others := w.response("mine"), w.response("other")
		if (mine.Result == bridge.Success) == (others.Result == bridge.Success) {
			t.Errorf("one of them gets it: %s, %s", mine.Line(), others.Line())
		}
		w.bus.SetDelay(0)
		states := []bridge.LoginState{w.login(channel), w.login(other)}
		slices.Sort(states)
		if !slices.Equal(states, []bridge.LoginState{bridge.LoginActive, bridge.LoginUnavailable}) {
			t.Errorf("and the other sees it: %q", states)
		}
	})
}

// "what is so already is SUCCESS without an event".
func TestSpec_7_1_WhatIsSoAlready(t *testing.T) {
	onChannel(t, func(w *world) {
		other := w.onPhone("s2")
		for _, already := range []struct {
			name   bridge.Name
			target bridge.Target
			first  bool // makes it so
		}{
			{bridge.ChannelDeactivate, channel, false}, {bridge.ChannelNotReadyRequest, channel, false},
			{bridge.ChannelActivate, channel, true}, {bridge.ChannelActivate, channel, false},
			{bridge.ChannelDeactivate, other, false}, // UNAVAILABLE is not active
			{bridge.ChannelReadyRequest, channel, true}, {bridge.ChannelReadyRequest, channel, false},
			{bridge.ChannelDeactivate, channel, true}, {bridge.ChannelDeactivate, channel, false},
			{bridge.ChannelNotReadyRequest, channel, true}, {bridge.ChannelNotReadyRequest, channel, false},
		} {
			n := len(w.stream())
			w.wantSuccess("what is so already", w.request(already.name, already.target, ""))
			if told := w.told(n, already.target); !already.first && len(told) != 1 {
				t.Errorf("SUCCESS without an event: %q", told)
			} else if already.first && len(told) != 2 {
				t.Errorf("what is not so yet is an event: %q", told)
			}
		}
	})
}

// "notready takes {"reason":"…"}" and "channel.notready repeats {"reason":"…"}".
func TestSpec_7_1_NotReadyReason(t *testing.T) {
	onDuty(t, func(w *world) {
		n := len(w.stream())
		w.request(bridge.ChannelNotReadyRequest, channel, `{"reason":"lunch"}`)
		w.wantTold("the event, then the answer", n, "channel.notready", "channel.request.notready SUCCESS")
		if got := string(w.stream()[n].Body); got != `{"reason":"lunch"}` {
			t.Errorf("it repeats the reason: %s", got)
		}
		w.wantFailure("a reason is a string", w.request(bridge.ChannelNotReadyRequest, channel, `{"reason":1}`), bridge.InvalidMessage)
	})
}

// "channel.interactionremoved {"interaction":"…"}, after COMPLETED".
func TestSpec_7_1_InteractionRemoved(t *testing.T) {
	alerted(t, func(w *world) {
		w.request(bridge.InteractionReject, inbound, "")
		n := len(w.stream())
		w.request(bridge.InteractionComplete, inbound, "")
		w.wantTold("after COMPLETED", n, "interaction.completed", "interaction.disposed", "interaction.request.complete SUCCESS", "channel.interactionremoved")
		if got := string(w.stream()[n+3].Body); got != `{"interaction":"id1"}` {
			t.Errorf("it names the interaction: %s", got)
		}
		if got := body[bridge.ChannelState](w, w.init(channel)); len(*got.Interactions) != 0 {
			t.Errorf("the channel does not have it any more: %v", *got.Interactions)
		}
	})
}
