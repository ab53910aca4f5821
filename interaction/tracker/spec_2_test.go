package tracker_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tieline/bridge"
	"tieline/bridge/bustest"
)

// "a setup request (creates a child): header target names the parent; the subject is the
// child's, so that it reaches whoever owns the child"
func TestSpec_2_SetupTravelsOnTheChildsSubject(t *testing.T) {
	spec(t, func(w *world) {
		const s = `{"session":"s1","agent":{"id":"alice","name":"Alice"}}`
		w.ask("1", bridge.ControlAddSession, bridge.Control, s)
		w.wantFailure("on the parent's subject", "1", bridge.InvalidMessage)
		w.ask("2", bridge.ControlAddSession, bridge.Control, s, to{subject: "s2"})
		w.wantFailure("on another child's subject", "2", bridge.InvalidMessage)
		w.ask("3", bridge.ControlAddSession, "s1", s, to{subject: "s1"})
		w.wantFailure("with the child as target", "3", bridge.InvalidMessage)
		w.ask("4", bridge.ControlAddSession, bridge.Control, s, to{subject: "s1"})
		if m := w.wantSuccess("as it is meant", "4"); m.Target != bridge.Control {
			t.Errorf("the answer is the parent's: %s", m.Line())
		}
	})
}

// "If nobody serves the group, NATS answers 'no responders' at once, and that is the right answer."
func TestSpec_2_NoResponders(t *testing.T) {
	onChannel(t, func(w *world) {
		err := w.bus.Send(bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: "s1.nobody.1", RequestID: "1"}, "s1.nobody.1", "inbox")
		if !errors.Is(err, bustest.ErrNoResponders) {
			t.Errorf("nobody serves the group: %v", err)
		}
	})
}

// "one ordered consumer sees events and responses in the order in which they were produced"
func TestSpec_2_OneOrderedStream(t *testing.T) {
	onChannel(t, func(w *world) {
		w.bus.SetDelay(time.Millisecond)
		w.dial("d1", "600")
		w.pause(time.Second)
		n := len(w.stream())
		w.tell(w.alerting(), w.answered(), w.hungUp())
		w.ask("q", bridge.ChannelInit, channel, "")
		w.pause(time.Second)
		w.wantTold("in the order in which they were produced", n,
			"channel.interactionadded", "channel.request.dial SUCCESS", "channel.query.init SUCCESS")
		var last uint64
		for _, m := range w.stream() {
			if m.Target == channel {
				if m.Seq != last+1 {
					t.Errorf("the stream has the order of seq: %d after %d", m.Seq, last)
				}
				last = m.Seq
			}
		}
	})
}

// "Nats-Msg-Id makes a re-publish harmless."
func TestSpec_2_RepublishIsHarmless(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600")
		n := len(w.stream())
		w.bus.LoseNext(3)
		w.tell(w.failed(bridge.Busy))
		w.pause(time.Minute)
		w.wantTold("stored once though acknowledged late", n, "channel.request.dial FAILURE")
	})
}

// "A response is always published on from.<target>; if the request carried a reply subject, the
// same response is also sent there, after the stream has acknowledged it."
func TestSpec_2_ReplyAfterTheStream(t *testing.T) {
	onChannel(t, func(w *world) {
		w.dial("d1", "600", to{reply: "inbox"})
		w.bus.SetDown(true)
		w.tell(w.failed(bridge.Busy))
		w.bus.SetDown(false) // by now the publication has failed, a reply would get through
		if got := w.repliesTo("inbox"); len(got) != 0 {
			t.Errorf("no reply before the stream has the response: %v", got)
		}
		w.pause(time.Minute)
		stored := w.wantFailure("the stream has it", "d1", bridge.Busy)
		if got := w.wantReply("and then the sender", "inbox"); !reflect.DeepEqual(got, stored) {
			t.Errorf("the same response:\n got %+v\nwant %+v", got, stored)
		}
	})
}

// "A request in this form is answered in this form on its reply subject. The stream always
// carries form 1."
func TestSpec_2_EnvelopeIsAnsweredInAnEnvelope(t *testing.T) {
	onChannel(t, func(w *world) {
		w.ask("q1", bridge.ChannelInit, channel, "", to{reply: "inbox", envelope: true})
		replies := w.repliesTo("inbox")
		if len(replies) != 1 || len(replies[0].Header) != 0 {
			t.Fatalf("one reply without NATS headers: %v", replies)
		}
		var e struct {
			Header map[string]string
			Body   json.RawMessage
		}
		if err := json.Unmarshal(replies[0].Data, &e); err != nil || e.Header["type"] != "cti.response" || e.Header["requestId"] != "q1" {
			t.Errorf("an envelope: %s (%v)", replies[0].Data, err)
		}
		w.ask("q2", bridge.ChannelInit, channel, "", to{reply: "inbox2"})
		if replies := w.repliesTo("inbox2"); len(replies) != 1 || replies[0].Header["type"][0] != "cti.response" {
			t.Errorf("the canonical form is answered in the canonical form: %v", replies)
		}
		w.wantSuccess("the stream decodes as form 1", "q1")
	})
}

// "An empty payload is an empty body. Unknown headers and body keys are ignored (forward
// compatibility); a known key of the wrong JSON type is an error."
func TestSpec_2_ForwardCompatibility(t *testing.T) {
	onChannel(t, func(w *world) {
		h, _ := space.Encode(bridge.Message{Type: bridge.TypeQuery, Name: bridge.ChannelInit, Target: channel, RequestID: "q1"})
		h["x-new"] = []string{"1"}
		w.deliver(bridge.Delivery{Subject: space.To(channel), Header: h})
		w.ask("d1", bridge.ChannelDial, channel, `{"destination":"600","new":{"deep":[1]}}`)
		w.wantSuccess("an empty payload and an unknown header", "q1")
		if w.placed() != 1 {
			t.Error("an unknown body key is ignored")
		}
		w.ask("d2", bridge.ChannelDial, channel, `{"destination":600}`)
		if m := w.wantFailure("a known key of the wrong type", "d2", bridge.InvalidMessage); !strings.Contains(m.ErrorMessage, "destination") {
			t.Errorf("it names the key: %s", m.ErrorMessage)
		}
	})
}

// Table of headers: "name: a response repeats its request's", "requestId: GUID of the query or
// request", "seq: response, event of a channel and of everything below it: 1, 2, 3 … per channel,
// without gaps, across restarts and fail-over", "time: RFC 3339, UTC", "traceparent: passed through".
func TestSpec_2_Headers(t *testing.T) {
	onChannel(t, func(w *world) {
		h, _ := space.Encode(bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelDial, Target: channel, RequestID: "d1", TraceParent: "00-abc-def-01"})
		w.deliver(bridge.Delivery{Subject: space.To(channel), Header: h, Data: []byte(`{"destination":"600"}`)})
		w.pause(0)
		w.tell(w.failed(bridge.Busy))
		m := w.wantFailure("the dial", "d1", bridge.Busy)
		if m.Name != bridge.ChannelDial || m.Target != channel || m.TraceParent != "00-abc-def-01" {
			t.Errorf("name, target and trace context are repeated: %+v", m)
		}
		for _, m := range w.stream() {
			if m.Time.IsZero() || m.Time.Location() != time.UTC || m.Time.After(time.Now()) {
				t.Errorf("each message has its time in UTC: %s", m.Line())
			}
			if below := m.Target.At(bridge.ObjectChannel) != ""; below != (m.Seq > 0) {
				t.Errorf("seq is on what a channel says, and only there: %s", m.Line())
			}
			if (m.Result == bridge.Failure) != (m.ErrorMessage != "") || strings.ContainsAny(m.ErrorMessage, "\r\n") {
				t.Errorf("errorMessage on FAILURE only, one line: %q", m.ErrorMessage)
			}
		}
	})
}

// "seq: 1, 2, 3 … per channel, without gaps, across restarts", and §3.4: "A destination set up
// again under the same target goes on counting seq where it stopped."
func TestSpec_2_SeqWithoutGaps(t *testing.T) {
	onChannel(t, func(w *world) {
		live := func(n string) {
			w.dial("d"+n, "600")
			w.tell(w.alerting(), w.answered())
			added := body[bridge.Dialled](w, w.wantSuccess("the dial", "d"+n)).Interaction
			w.ask("q"+n, bridge.InteractionInit, channel.Child(added), "")
			w.tell(w.hungUp())
		}
		live("1")
		w.ask("x1", bridge.ChannelDispose, channel, "")
		w.ask("a1", bridge.GroupAddChannel, "s1.sales", `{"channel":"1001","end-point":"1001","type":"Telephony"}`, to{subject: channel})
		w.ask("i1", bridge.ChannelInit, channel, "")
		live("2")
		w.dial("d3", "600") // the restart interrupts it
		w.restart()
		w.open()
		live("4")
		w.ask("a2", bridge.GroupAddChannel, "s1.sales", `{"channel":"1002","end-point":"1002","type":"Telephony"}`, to{subject: "s1.sales.1002"})
		w.ask("i2", bridge.ChannelInit, "s1.sales.1002", "")
		last := map[bridge.Target]uint64{}
		for _, m := range w.stream() {
			if c := m.Target.At(bridge.ObjectChannel); c != "" {
				if m.Seq != last[c]+1 {
					t.Errorf("seq %d follows %d: %s", m.Seq, last[c], m.Line())
				}
				last[c] = m.Seq
			}
		}
		if last[channel] < 15 || last["s1.sales.1002"] != 1 {
			t.Errorf("each channel counts by itself: %v", last)
		}
	})
}
