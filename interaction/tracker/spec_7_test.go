package tracker_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/interaction"
)

// "validate, claim requestId (durable), … INVITE"
func TestSpec_7_4_ClaimedBeforeItIsDialled(t *testing.T) {
	onChannel(t, func(w *world) {
		w.bus.SetDelay(time.Second)
		w.dial("d1", "600")
		if w.placed() != 0 {
			t.Error("nothing is dialled before the claim is durable")
		}
		w.pause(time.Second)
		var record interaction.Record
		if err := json.Unmarshal(w.bus.Entry("d1"), &record); err != nil || record.Request.Name != bridge.ChannelDial || record.Answer != nil {
			t.Errorf("the ledger holds the request: %+v (%v)", record, err)
		}
		if w.placed() != 1 {
			t.Error("then the callee is called")
		}
		if strings.Contains(string(w.bus.Entry("d1")), "600") {
			t.Error("the ledger does not hold whom it calls")
		}
	})
}

// "channel.interactionadded strictly before SUCCESS."
func TestSpec_7_4_EventBeforeSuccess(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600", to{reply: "inbox"})
		n := len(w.stream())
		w.bus.SetDelay(time.Second)
		w.tell(w.alerting())
		w.pause(1500 * time.Millisecond)
		w.wantTold("the event is stored first", n, "channel.interactionadded")
		if len(w.repliesTo("inbox")) != 0 {
			t.Error("nobody hears SUCCESS before")
		}
		w.pause(time.Second)
		w.wantTold("then the answer", n, "channel.interactionadded", "channel.request.dial SUCCESS")
		added := body[bridge.InteractionAdded](w, w.stream()[n])
		if got := body[bridge.Dialled](w, w.response("d1")); got.Interaction != added.Interaction {
			t.Errorf("it names the interaction: %+v", got)
		}
	})
}

// "If the event cannot be stored, there is no SUCCESS: the leg is cancelled and the answer is
// FAILURE." and "FAILURE means that no interaction was added".
func TestSpec_7_4_EventNotStored(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		n := len(w.stream())
		w.bus.RefuseNext(1)
		w.tell(w.alerting())
		w.wantTold("no event, no SUCCESS", n, "channel.request.dial FAILURE")
		w.wantFailure("a fault of ours", "d1", bridge.Internal)
		if w.hung() != 1 {
			t.Error("the leg is cancelled")
		}
		w.ask("q1", bridge.ChannelInit, channel, "")
		if got := body[bridge.ChannelState](w, w.response("q1")); len(*got.Interactions) != 0 {
			t.Errorf("no interaction was added: %v", *got.Interactions)
		}
	})
}

// "FAILURE means that no interaction was added", whatever the cause.
func TestSpec_7_4_FailureAddsNothing(t *testing.T) {
	onChannel(t, func(w *world) {
		for _, code := range []bridge.Code{bridge.Busy, bridge.Rejected, bridge.NoAnswer, bridge.NoTrunk, bridge.Congestion} {
			n := len(w.stream())
			w.dial(string(code), "600")
			w.tell(w.failed(code))
			w.wantFailure("the cause is passed on", string(code), code)
			w.wantTold("nothing was added", n, "channel.request.dial FAILURE")
		}
	})
}

// "The call succeeds at the first response that shows that the callee is being reached: 180, 181,
// 182, 183 or 2xx."
func TestSpec_7_4_SuccessAtTheFirstSign(t *testing.T) {
	for _, sign := range []func(*world) interaction.Input{(*world).progress, (*world).alerting, (*world).answered} {
		onChannel(t, func(w *world) {
			w.dial("d1", "600")
			w.wantNoResponse("a 100 is nothing", "d1")
			w.tell(sign(w))
			w.wantSuccess("the callee is being reached", "d1")
		})
	}
}

// "dial.success-on: answer moves that point to 2xx."
func TestSpec_7_4_SuccessOnAnswer(t *testing.T) {
	spec(t, func(w *world) {
		w.settings.SuccessOnAnswer = true
		w.restart()
		w.open()
		w.dial("d1", "600")
		n := len(w.stream())
		w.tell(w.progress(), w.alerting())
		w.wantTold("ringing is not success", n)
		w.tell(w.answered())
		w.wantTold("the answer is", n, "channel.interactionadded", "channel.request.dial SUCCESS")
	})
}

// "A failure after it ends the interaction (interaction.ended with the same error object), because
// the answer was already given."
func TestSpec_7_4_FailureAfterSuccess(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.tell(w.alerting())
		w.ask("q1", bridge.InteractionInit, contact, "")
		n := len(w.stream())
		e := &bridge.Error{Code: bridge.NoAnswer, Retryable: true, Tried: &bridge.Tried{
			SIP: &bridge.SIPStatus{Status: 408, Phrase: "Request Timeout"}, Trunk: "pbx-b", Attempts: 2, Alerted: true,
		}}
		w.tell(interaction.CallFailed{Call: w.last, Error: e})
		w.wantTold("the interaction ends, the answer stays", n, "interaction.ended")
		if got := body[bridge.InteractionChange](w, w.stream()[n]); !reflect.DeepEqual(got.Error, e) {
			t.Errorf("the same error object: %+v", got.Error)
		}
		w.wantSuccess("the answer was already given", "d1")
		w.ask("q2", bridge.InteractionInit, contact, "")
		if got := body[bridge.InteractionInitState](w, w.response("q2")); got.State != bridge.Ended || !reflect.DeepEqual(got.Error, e) {
			t.Errorf("§8: in ENDED the init response also carries what interaction.ended said: %+v", got)
		}
	})
}

// "The interaction is DIALING when added by a 1xx; if 2xx came at once it is added as DIALING and
// goes to STARTED (never skipped, never invented ringing)."
func TestSpec_7_4_DialingIsNeverSkipped(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		n := len(w.stream())
		w.tell(w.answered())
		if got := body[bridge.InteractionAdded](w, w.stream()[n]); got.State != bridge.Dialing {
			t.Errorf("added as DIALING: %+v", got)
		}
		w.ask("q1", bridge.InteractionInit, contact, "")
		if got := body[bridge.InteractionInitState](w, w.response("q1")); got.State != bridge.Started {
			t.Errorf("and STARTED now: %+v", got)
		}
	})
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.tell(w.progress())
		w.ask("q1", bridge.InteractionInit, contact, "")
		w.ask("q2", bridge.ConversationInit, conversation, "")
		n := len(w.stream())
		w.tell(w.progress(), w.answered())
		w.wantTold("never invented ringing", n, "conversation.connected", "interaction.started")
		if got := body[bridge.ConversationInitState](w, w.response("q2")); got.State != bridge.ConvDialing {
			t.Errorf("progress is not ringing: %+v", got)
		}
	})
}

// "The request's timeout bounds everything from its arrival to the answer", "capped by the group".
func TestSpec_7_4_Timeout(t *testing.T) {
	spec(t, func(w *world) {
		w.settings.MaxTimeout = 30 * time.Second
		w.restart()
		w.open()
		for timeout, want := range map[string]string{"20000": "until +20s", "90000": "until +30s"} {
			w.ask(timeout, bridge.ChannelDial, channel, `{"destination":"600","timeout":`+timeout+`}`)
			w.tell(w.failed(bridge.NoAnswer))
			if w.count("gw ─▶ pbx     call "+w.last+" to 600 "+want) != 1 {
				t.Errorf("timeout %s: %s", timeout, want)
			}
		}
		w.dial("none", "600")
		if w.count("gw ─▶ pbx     call "+w.last+" to 600 until +30s") != 1 {
			t.Error("without a timeout the group's applies")
		}
		w.ask("waits", bridge.ChannelDial, channel, `{"destination":"601","timeout":5000}`)
		w.pause(4999 * time.Millisecond)
		w.wantNoResponse("not yet", "waits")
		w.pause(time.Millisecond)
		w.wantFailure("UNAVAILABLE if nothing rang, at the deadline", "waits", bridge.Unavailable)
	})
}

// "Legal at any time between the channel's initialization and tear down, active or not, ready or
// not, unless the channel already has its maximum of live interactions (default 1; ENDED ones do
// not count) → CHANNEL_BUSY."
func TestSpec_7_4_ChannelBusy(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		w.tell(w.answered())
		w.wantSuccess("neither active nor ready", "d1")
		w.dial("d2", "601")
		w.wantFailure("one live interaction", "d2", bridge.ChannelBusy)
		w.tell(w.hungUp())
		w.dial("d3", "602")
		w.tell(w.alerting())
		w.wantSuccess("an ENDED one does not count", "d3")
	})
}

// "Concurrent dials on one channel are taken in arrival order."
func TestSpec_7_4_ArrivalOrder(t *testing.T) {
	onChannel(t, func(w *world) {
		w.bus.SetDelay(50 * time.Millisecond)
		for _, n := range []string{"1", "2", "3", "4"} {
			w.dial("d"+n, "60"+n)
		}
		for _, n := range []string{"1", "2", "3", "4"} {
			w.pause(time.Second)
			if w.count("gw ─▶ pbx     call "+w.last+" to 60"+n) != 1 {
				t.Errorf("it is the turn of 60%s", n)
			}
			w.tell(w.failed(bridge.Busy))
		}
		w.pause(time.Second)
		var answered []string
		for _, m := range w.stream() {
			if m.Name == bridge.ChannelDial {
				answered = append(answered, m.RequestID)
			}
		}
		if !reflect.DeepEqual(answered, []string{"d1", "d2", "d3", "d4"}) {
			t.Errorf("answered in arrival order: %v", answered)
		}
	})
}

// The body of channel.interactionadded, to the byte.
func TestSpec_7_4_BodyOfInteractionAdded(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		n := len(w.stream())
		w.tell(w.alerting())
		const want = `{"interaction":"id2","type":"Telephony","direction":"OUTBOUND","interaction-state":"DIALING",` +
			`"request-id":"d1","remote":{"number":"600","name":""},"conversations":{"primary":{"id":"id3"}}}`
		if got := string(w.stream()[n].Body); got != want {
			t.Errorf("interactionadded:\n got %s\nwant %s", got, want)
		}
	})
}

// §7.2: "data (becomes interaction data)", "headers (only names that the group lists)",
// "caller-id (only if the group allows it)".
func TestSpec_7_2_OptionalKeys(t *testing.T) {
	onChannel(t, func(w *world) {
		w.ask("1", bridge.ChannelDial, channel, `{"destination":"600","headers":{"X-Secret":"1"}}`)
		w.wantFailure("a header that the group does not list", "1", bridge.NotAllowed)
		w.ask("2", bridge.ChannelDial, channel, `{"destination":"600","caller-id":{"number":"1","name":""}}`)
		w.wantFailure("a caller id that the group does not allow", "2", bridge.NotAllowed)
		w.ask("3", bridge.ChannelDial, channel, `{"destination":"600","headers":{"x-customer":"7"},"data":{"case":"1","who":{"name":"Ann"}}}`)
		w.tell(w.alerting())
		w.ask("q", bridge.InteractionInit, contact, "")
		if got := string(body[bridge.InteractionInitState](w, w.response("q")).Data); got != `{"case":"1","who":{"name":"Ann"}}` {
			t.Errorf("data becomes interaction data: %s", got)
		}
	})
}
