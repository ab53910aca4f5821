package tracker_test

import (
	"testing"
	"time"

	"tieline/bridge"
)

// "The target of processor control is written {processor}.CONTROL in the target header (CONTROL
// alone is accepted) and CONTROL in a subject." and "No session can be called CONTROL."
func TestSpec_2_ProcessorControl(t *testing.T) {
	spec(t, func(w *world) {
		for id, target := range map[string]string{"long": "acme.CONTROL", "short": "CONTROL"} {
			w.deliver(bridge.Delivery{Subject: "cti.acme.to.CONTROL", Reply: id, Header: bridge.Header{
				"type": {"cti.query"}, "name": {"cti.query.capabilities"}, "target": {target}, "requestId": {id},
			}})
			w.pause(0)
			w.wantSuccess("the target "+target, id)
			if got := w.repliesTo(id)[0].Header["target"]; len(got) != 1 || got[0] != "acme.CONTROL" {
				t.Errorf("it is written {processor}.CONTROL: %v", got)
			}
		}
		for _, subject := range []bridge.Target{bridge.Control, "s1"} {
			id := w.request(bridge.ControlAddSession, bridge.Control, `{"session":"CONTROL","agent":{"id":"","name":""}}`, to{subject: subject})
			w.wantFailure("no session can be called CONTROL", id, bridge.InvalidMessage)
		}
	})
}

// "Subject and target header must agree; if they do not, the answer is INVALID_MESSAGE, published
// under the subject's target. A missing target header is taken from the subject."
func TestSpec_2_SubjectAndTargetAgree(t *testing.T) {
	onChannel(t, func(w *world) {
		w.ask("x", bridge.ChannelDispose, channel, "", to{subject: "s1.sales"})
		if m := w.wantFailure("they do not agree", "x", bridge.InvalidMessage); m.Target != "s1.sales" {
			t.Errorf("published under the subject's target: %s", m.Line())
		}
		w.ask("q", bridge.ChannelInit, "", "", to{subject: channel})
		if m := w.wantSuccess("a missing target header", "q"); m.Target != channel {
			t.Errorf("it is taken from the subject: %s", m.Line())
		}
		w.ask("a", bridge.GroupAddChannel, "", `{"channel":"1002","end-point":"1002","type":"Telephony"}`, to{subject: "s1.sales.1002"})
		if m := w.wantSuccess("of a setup request too", "a"); m.Target != "s1.sales" {
			t.Errorf("it is the parent of the subject's: %s", m.Line())
		}
	})
}

// "What is sent to the destinations of one session is carried out in the order in which it was
// sent, so that a bridge may send the next message without waiting for the answer to the one
// before."
func TestSpec_2_InTheOrderSent(t *testing.T) {
	spec(t, func(w *world) {
		w.bus.SetDelay(30 * time.Millisecond)
		w.setup() // six messages, none waits for an answer
		for _, name := range []bridge.Name{bridge.ChannelReadyRequest, bridge.ChannelNotReadyRequest, bridge.ChannelReadyRequest, bridge.ChannelActivate, bridge.ChannelDial} {
			w.request(name, channel, `{"destination":"600"}`)
		}
		w.pause(time.Minute)
		w.tell(w.failed(bridge.Busy))
		w.pause(time.Minute)
		told := w.told(0, channel)
		want := []string{
			"channel.query.init SUCCESS", "channel.ready", "channel.request.ready SUCCESS", "channel.notready", "channel.request.notready SUCCESS",
			"channel.ready", "channel.request.ready SUCCESS", "channel.activated", "channel.request.activate SUCCESS", "channel.request.dial FAILURE",
		}
		for i := range want {
			if len(told) != len(want) || told[i] != want[i] {
				t.Fatalf("in the order in which it was sent:\n got %q\nwant %q", told, want)
			}
		}
	})
}

// "The stored messages outlive a restart of any party."
func TestSpec_2_StoredMessagesOutliveARestart(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d", "600")
		w.tell(w.failed(bridge.Busy))
		before := w.stream()
		w.restart()
		if after := w.stream(); len(after) <= len(before) || after[len(before)-1].Line() != before[len(before)-1].Line() {
			t.Errorf("the stream is as it was, and goes on: %d messages, then %d", len(before), len(after))
		}
	})
}
