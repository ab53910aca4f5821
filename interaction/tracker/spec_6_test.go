package tracker_test

import (
	"slices"
	"testing"

	"tieline/bridge"
)

// "end-point is the telephone system's own name of the channel": it, and not the channel's id, is
// what calls are for, and what is active in one channel at a time.
func TestSpec_6_EndPoint(t *testing.T) {
	spec(t, func(w *world) {
		left := w.add("s1", "sales", bridge.ChannelRef{Channel: "left", EndPoint: "1001", Type: bridge.Telephony})
		w.request(bridge.ChannelActivate, left, "")
		w.request(bridge.ChannelReadyRequest, left, "")
		got := body[bridge.GroupState](w, w.init("s1.sales")).Channels
		if len(got) != 1 || got[0] != (bridge.ChannelRef{Channel: "left", EndPoint: "1001", Type: bridge.Telephony}) {
			t.Errorf("channelgroup.query.init names both: %+v", got)
		}
		n := len(w.stream())
		w.ring("c1")
		if told := w.told(n, left); !slices.Equal(told, []string{"channel.interactionadded"}) {
			t.Errorf("a call for the end-point reaches the channel: %q", told)
		}
	})
}

// "channelgroup.request.addchannel: Chat and Email become unsupported channels". There is no other
// type.
func TestSpec_6_Types(t *testing.T) {
	onChannel(t, func(w *world) {
		for _, kind := range []bridge.ChannelType{bridge.Chat, bridge.Email} {
			c := w.add("s1", "sales", bridge.ChannelRef{Channel: string(kind), EndPoint: "x", Type: kind})
			if got := body[bridge.ChannelState](w, w.init(c)).Type; got != kind {
				t.Errorf("%s becomes a channel: %s", kind, got)
			}
		}
		for _, kind := range []string{`"Fax"`, `"telephony"`, `""`, `7`, `null`} {
			id := w.request(bridge.GroupAddChannel, "s1.sales", `{"channel":"f","end-point":"f","type":`+kind+`}`, to{subject: "s1.sales.f"})
			w.wantFailure("there is no other type: "+kind, id, bridge.InvalidMessage)
		}
	})
}

// "channelgroup.request.removechannel": the channel is torn down, then the group answers.
func TestSpec_6_RemoveChannel(t *testing.T) {
	alerted(t, func(w *world) {
		n, orders := len(w.stream()), len(w.pbx())
		w.ask("x", bridge.GroupRemoveChannel, "s1.sales", `{"channel":"1001"}`)
		w.wantTold("what the channel has to say goes first", n,
			"conversation.ended", "interaction.ended", "interaction.disposed", "channel.disposed", "channelgroup.request.removechannel SUCCESS")
		w.wantPBX("calls are released", orders, "hang up c1")
		if got := string(w.init("s1.sales").Body); got != `{"channels":[]}` {
			t.Errorf("it is not in the group any more: %s", got)
		}
		w.wantFailure("it is gone", w.request(bridge.ChannelInit, channel, ""), bridge.UnknownTarget)
		w.wantFailure("what is not there is not removed", w.request(bridge.GroupRemoveChannel, "s1.sales", `{"channel":"1001"}`), bridge.UnknownTarget)
	})
}

// "channelgroup.request.activate: activates channel by channel; the first error stops it and is the
// answer; unsupported channels are passed over".
func TestSpec_6_Activate(t *testing.T) {
	telephony := func(n string) bridge.ChannelRef {
		return bridge.ChannelRef{Channel: n, EndPoint: n, Type: bridge.Telephony}
	}
	spec(t, func(w *world) {
		w.add("s1", "sales", telephony("1"))
		w.add("s1", "sales", bridge.ChannelRef{Channel: "mail", EndPoint: "2", Type: bridge.Email})
		w.add("s1", "sales", telephony("2"))
		n := len(w.stream())
		w.ask("all", bridge.GroupActivate, "s1.sales", "")
		w.wantTold("channel by channel, unsupported ones are passed over", n, "channel.activated", "channel.activated", "channelgroup.request.activate SUCCESS")
		if told := w.stream()[n:]; told[0].Target != "s1.sales.1" || told[1].Target != "s1.sales.2" {
			t.Errorf("in the order of the group: %v", told)
		}
	})
	spec(t, func(w *world) {
		other := w.add("s2", "sales", telephony("2"))
		w.request(bridge.ChannelActivate, other, "")
		for _, n := range []string{"1", "2", "3"} {
			w.add("s1", "sales", telephony(n))
		}
		n := len(w.stream())
		w.ask("all", bridge.GroupActivate, "s1.sales", "")
		w.wantTold("the first error stops it", n, "channel.activated", "channelgroup.request.activate FAILURE")
		w.wantFailure("and is the answer", "all", bridge.InvalidState)
		if got := body[bridge.ChannelState](w, w.init("s1.sales.3")).State; got != bridge.LoginInactive {
			t.Errorf("the channels behind it are not activated: %s", got)
		}
	})
}

// "channelgroup.request.dispose" and "channelgroup.disposed": what is below goes first.
func TestSpec_6_Dispose(t *testing.T) {
	onChannel(t, func(w *world) {
		n := len(w.stream())
		w.ask("x", bridge.GroupDispose, "s1.sales", "")
		w.wantTold("what is below goes first", n, "channel.disposed", "channelgroup.disposed", "channelgroup.request.dispose SUCCESS")
		if m := w.stream()[n+1]; m.Target != "s1.sales" || string(m.Body) != "{}" && len(m.Body) > 0 {
			t.Errorf("the event has no body: %s", m.Line())
		}
		if got := body[bridge.SessionState](w, w.init("s1")).ChannelGroups; len(got) != 0 {
			t.Errorf("the session does not have it any more: %v", got)
		}
	})
}
