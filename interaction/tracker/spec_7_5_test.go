package tracker_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// "An INVITE from the telephone system for an active, ready end-point adds an interaction (direction
// INBOUND, state ALERTING); the gateway answers 180."
func TestSpec_7_5_AddsAnInteraction(t *testing.T) {
	onDuty(t, func(w *world) {
		n := len(w.stream())
		w.ring("c1")
		w.wantPBX("the gateway answers 180", 0, "take c1", "ring c1")
		w.wantTold("it adds an interaction", n, "channel.interactionadded")
		const want = `{"interaction":"id1","type":"Telephony","direction":"INBOUND","interaction-state":"ALERTING",` +
			`"remote":{"number":"0301234","name":"Bob"},"conversations":{"primary":{"id":"id2"}}}`
		if got := string(w.stream()[n].Body); got != want {
			t.Errorf("direction INBOUND, state ALERTING:\n got %s\nwant %s", got, want)
		}
	})
}

// "Not active or not ready → 480; at its maximum → 486; unknown end-point → 404." Nothing of it
// reaches the bridge.
func TestSpec_7_5_Refusals(t *testing.T) {
	onDuty(t, func(w *world) {
		refused := func(why, endPoint, as string) {
			t.Helper()
			n, orders := len(w.stream()), len(w.pbx())
			w.offered(interaction.CallOffered{Call: why, EndPoint: endPoint})
			w.pause(0)
			w.wantPBX(why, orders, "refuse "+why+": "+as)
			w.wantTold("nothing of it reaches the bridge", n)
		}
		refused("unknown", "1002", "unknown end-point")
		w.ring("c1")
		refused("maximum", "1001", "busy")
		w.last = "c1"
		w.tell(w.failed(bridge.Cancelled))
		n := len(w.pbx())
		w.ring("c2")
		w.wantPBX("an ENDED one does not count", n, "take c2", "ring c2")
		w.request(bridge.ChannelNotReadyRequest, channel, "")
		refused("not-ready", "1001", "not active or not ready")
		w.request(bridge.ChannelReadyRequest, channel, "")
		w.request(bridge.ChannelDeactivate, channel, "")
		refused("not-active", "1001", "not active or not ready")
	})
}

// "The call goes to the channel in which that end-point is active, in whichever session that is."
func TestSpec_7_5_GoesWhereItIsActive(t *testing.T) {
	onDuty(t, func(w *world) {
		other := w.onPhone("s2")
		w.request(bridge.ChannelReadyRequest, other, "")
		reaches := func(call string, want bridge.Target) {
			t.Helper()
			n := len(w.stream())
			w.ring(call)
			if told := w.stream()[n:]; len(told) != 1 || told[0].Target != want || told[0].Name != bridge.ChannelInteractionAdded {
				t.Errorf("to the channel in which the end-point is active, %s: %v", want, told)
			}
		}
		reaches("c1", channel)
		w.request(bridge.ChannelDeactivate, channel, "")
		w.request(bridge.ChannelActivate, other, "")
		reaches("c2", other)
	})
}

// "A dial under way takes a place, too: it counts for the maximum."
func TestSpec_7_5_ADialTakesAPlace(t *testing.T) {
	onDuty(t, func(w *world) {
		w.dial("d1", "600")
		n := len(w.pbx())
		w.offered(interaction.CallOffered{Call: "c1", EndPoint: "1001"})
		w.pause(0)
		w.wantPBX("a dial under way takes a place", n, "refuse c1: busy")
	})
	spec(t, func(w *world) {
		w.settings.MaxInteractions = 2
		w.restart()
		w.open()
		w.takeUpDuty()
		w.dial("d1", "600")
		dial, n := w.last, len(w.pbx())
		w.ring("c1")
		w.ring("c2")
		w.wantPBX("one place of two", n, "take c1", "ring c1", "refuse c2: busy")
		w.last = dial
		w.tell(w.failed(bridge.Busy))
		n = len(w.pbx())
		w.ring("c3")
		w.wantPBX("a dial that failed gives its place back", n, "take c3", "ring c3")
	})
}

// "A gateway that drains answers 503." What is alerting goes on.
func TestSpec_7_5_Drain(t *testing.T) {
	alerted(t, func(w *world) {
		w.tracker.Drain()
		n := len(w.pbx())
		for call, endPoint := range map[string]string{"c2": "1001", "c3": "nobody"} {
			w.offered(interaction.CallOffered{Call: call, EndPoint: endPoint})
			w.pause(0)
			w.wantPBX("a gateway that drains", n, "refuse "+call+": draining")
			n++
		}
		w.last = "c1"
		w.ask("a", bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		w.wantSuccess("what is alerting goes on", "a")
	})
}

// "channel.interactionadded is stored before the caller hears the 180." and "While the bus is lost
// the caller hears nothing: nobody could take the call."
func TestSpec_7_5_StoredBeforeTheCallerHears(t *testing.T) {
	onDuty(t, func(w *world) {
		w.bus.SetDelay(time.Second)
		w.ring("c1")
		w.pause(999 * time.Millisecond)
		w.wantPBX("not before it is stored", 0, "take c1")
		w.pause(time.Millisecond)
		w.wantPBX("then the caller hears it", 0, "take c1", "ring c1")
	})
	onDuty(t, func(w *world) {
		w.bus.SetDown(true)
		w.ring("c1")
		w.pause(3 * time.Minute)
		w.wantPBX("while the bus is lost the caller hears nothing", 0, "take c1")
		w.bus.SetDown(false)
		w.pause(time.Minute)
		w.wantPBX("until it is back", 0, "take c1", "ring c1")
	})
}

// "If the stream refuses it, the caller gets 500 and there is no interaction."
func TestSpec_7_5_NotStored(t *testing.T) {
	onDuty(t, func(w *world) {
		n := len(w.stream())
		w.bus.RefuseNext(1)
		w.ring("c1")
		w.wantPBX("the caller gets 500", 0, "take c1", "refuse c1: could not be recorded")
		w.wantTold("nothing is said", n)
		if got := body[bridge.ChannelState](w, w.init(channel)); len(*got.Interactions) != 0 {
			t.Errorf("there is no interaction: %v", *got.Interactions)
		}
		w.ring("c2")
		if got := w.pbx()[2:]; !slices.Equal(got, []string{"take c2", "ring c2"}) {
			t.Errorf("and its place is free: %q", got)
		}
	})
}

// "interaction.alerting is raised once, behind the answer to the interaction's first init, if it is
// still ALERTING then: from there on it can be accepted. What happened before is folded into that
// answer."
func TestSpec_7_5_AlertingIsRaisedOnce(t *testing.T) {
	onDuty(t, func(w *world) {
		w.ring("c1")
		w.wantFailure("before that it cannot be accepted", w.request(bridge.InteractionAccept, inbound, ""), bridge.NotInitialized)
		n := len(w.stream())
		w.request(bridge.InteractionDataQuery, inbound, "")
		w.init(leg)
		w.wantTold("not behind another answer", n, "interaction.query.data SUCCESS", "conversation.query.init SUCCESS")
		n = len(w.stream())
		w.init(inbound)
		w.wantTold("behind the answer to the first init", n, "interaction.query.init SUCCESS", "interaction.alerting")
		if got := body[bridge.InteractionChange](w, w.stream()[n+1]); got.State != bridge.Alerting || !slices.Contains(got.Actions, "accept") {
			t.Errorf("from there on it can be accepted: %+v", got)
		}
		n = len(w.stream())
		w.init(inbound)
		w.wantTold("once", n, "interaction.query.init SUCCESS")
	})
	onDuty(t, func(w *world) {
		w.ring("c1")
		w.tell(w.failed(bridge.Cancelled))
		n := len(w.stream())
		if got := body[bridge.InteractionInitState](w, w.init(inbound)); got.State != bridge.Ended || got.End.Error.Code != bridge.Cancelled {
			t.Errorf("what happened before is folded into the answer: %+v", got)
		}
		w.wantTold("not if it is not ALERTING any more", n, "interaction.query.init SUCCESS")
	})
}

// "remote is the caller …; both empty where the caller withholds them", in every place that has it.
func TestSpec_7_5_Remote(t *testing.T) {
	for _, caller := range []bridge.Party{{Number: "+49301234", Name: "Bob"}, {}} {
		onDuty(t, func(w *world) {
			n := len(w.stream())
			w.offered(interaction.CallOffered{Call: "c1", EndPoint: "1001", Remote: caller})
			w.pause(0)
			if got := body[bridge.InteractionAdded](w, w.stream()[n]).Remote; got != caller {
				t.Errorf("remote is the caller: %+v, want %+v", got, caller)
			}
			if got := body[bridge.ConversationInitState](w, w.init(leg)); got.Remote != caller || !reflect.DeepEqual(got.Members, []bridge.Party{caller}) {
				t.Errorf("in the conversation, too: %+v", got)
			}
		})
	}
}

// "The interaction's data begin with called-number and, where the call was diverted, diversion."
func TestSpec_7_5_Data(t *testing.T) {
	onDuty(t, func(w *world) {
		const data = `{"called-number":"2000","diversion":{"number":"2000","name":"Desk","reason":"no-answer"}}`
		w.offered(interaction.CallOffered{Call: "c1", EndPoint: "1001", Data: json.RawMessage(data)})
		w.pause(0)
		if got := string(body[bridge.InteractionInitState](w, w.init(inbound)).Data); got != data {
			t.Errorf("the data begin with what the call brings: %s", got)
		}
	})
}
