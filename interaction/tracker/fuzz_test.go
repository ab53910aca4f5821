package tracker_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/interaction"
)

// FuzzBorder delivers one message of any subject, headers and payload to a gateway in the middle of
// its life (§10: "Anything that can be tied to a requestId and a target gets a FAILURE. What cannot is
// counted and dropped; if it came with a reply subject, the reason is sent there. Nothing a bridge sends
// can crash a gateway"). header is "key: value" lines; padding is white space behind the payload.
func FuzzBorder(f *testing.F) {
	f.Add("s1.sales.1001", "type: cti.request\nname: channel.request.dial\ntarget: s1.sales.1001\nrequestId: r1", []byte(`{"destination":"600"}`), uint16(0), true, byte(1))
	f.Fuzz(func(t *testing.T, subject, header string, payload []byte, padding uint16, reply bool, moment byte) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			defer w.stop()
			defer w.pause(time.Minute) // for a slow bus to end
			b := border{w}
			b.reach(moment)
			d := bridge.Delivery{Subject: space.To(bridge.Target(subject)), Header: headers(header), Data: append(payload, bytes.Repeat([]byte(" "), int(padding))...)}
			if reply {
				d.Reply = "inbox"
			}
			b.play(d)
		})
	})
}

// headers reads what FuzzBorder is given.
func headers(s string) bridge.Header {
	h := bridge.Header{}
	for line := range strings.SplitSeq(s, "\n") {
		if key, value, ok := strings.Cut(line, ": "); ok {
			h[key] = append(h[key], value)
		}
	}
	return h
}

// border is a gateway with a session that has nothing to do with the message, called other.
type border struct{ *world }

// reach brings the gateway to one of the moments at which the message comes.
func (b *border) reach(moment byte) {
	b.ask("o1", bridge.ControlAddSession, bridge.Control, `{"session":"other","agent":{"id":"eve","name":""}}`, to{subject: "other"})
	b.ask("o2", bridge.SessionInit, "other", "")
	b.ask("o3", bridge.SessionAddChannelGroup, "other", `{"channel-group":"sales"}`, to{subject: "other.sales"})
	if moment %= 7; moment > 0 {
		b.open()
	}
	if moment > 1 { // a call is up
		b.dial("d1", "600")
		b.tell(b.alerting())
		b.ask("q1", bridge.InteractionInit, contact, "")
		b.ask("q2", bridge.ConversationInit, conversation, "")
	}
	switch moment {
	case 3: // a call is over
		b.tell(b.failed(bridge.Busy))
	case 4: // everything is slow, and much is said twice
		b.bus.SetDelay(100 * time.Millisecond)
		b.bus.LoseNext(3)
	case 6: // and another one comes in
		b.tell(b.failed(bridge.Busy))
		b.ask("r1", bridge.ChannelActivate, channel, "")
		b.ask("r2", bridge.ChannelReadyRequest, channel, "")
		b.tracker.Offer(interaction.CallOffered{Call: "in", EndPoint: "1001"})
		synctest.Wait()
		b.ask("r3", bridge.InteractionInit, channel.Child("id4"), "")
		b.ask("r4", bridge.ConversationInit, channel.Child("id4").Child("id5"), "")
		b.wantSuccess("it alerts", "r4")
	case 5:
		b.tracker.Drain()
		synctest.Wait()
	}
}

// play delivers the message between two valid ones, and holds what becomes of it against §10.
func (b *border) play(d bridge.Delivery) {
	b.t.Helper()
	before := b.alive("before")
	n, placed := len(b.stream()), b.placed()
	err := b.bus.Deliver(d)
	after := b.alive("after")
	b.showCalls()
	b.endCalls()
	if !reflect.DeepEqual(before, after) && !strings.HasPrefix(d.Subject, space.To("other")) {
		b.t.Errorf("another session is as it was: %+v, %+v", before, after)
	}
	m, encoding, fault := space.Decode(d.Header, d.Data)
	_, nowhere := space.ParseTo(d.Subject)
	tied := nowhere == nil && m.RequestID != ""
	switch {
	case err != nil: // nobody serves its subject
		b.want("nothing comes of it", 0, 0, m.RequestID)
		return
	case tied:
		b.want("what can be tied to a request has one answer", 1, 0, m.RequestID)
	default:
		b.want("what cannot is dropped and counted", 0, 1, m.RequestID)
	}
	b.replied(d, encoding, tied)
	if fault != nil || !tied {
		b.wantQuiet(n, placed)
	}
}

// alive wants a valid query to be answered.
func (b *border) alive(id string) (other bridge.SessionState) {
	b.t.Helper()
	b.ask("alive-control-"+id, bridge.ControlCapabilities, bridge.Control, "")
	b.ask("alive-session-"+id, bridge.SessionInit, "other", "")
	b.pause(10 * time.Second)
	b.wantSuccess("the gateway serves", "alive-control-"+id)
	return body[bridge.SessionState](b.world, b.response("alive-session-"+id))
}

// showCalls lets the callees ring, and asks for all that was said about the calls.
func (b *border) showCalls() {
	b.mu.Lock()
	for id, post := range b.calls {
		post(interaction.CallProgress{Call: id, Alerted: true})
	}
	b.mu.Unlock()
	b.pause(10 * time.Second)
	for _, m := range b.stream() {
		if m.Name == bridge.ChannelInteractionAdded {
			id := body[bridge.InteractionAdded](b.world, m).Interaction
			b.ask("show-"+id, bridge.InteractionInit, m.Target.Child(id), "")
		}
	}
	b.pause(10 * time.Second)
}

// endCalls lets every call come to its end, those that wait in line included.
func (b *border) endCalls() {
	for range 10 {
		b.mu.Lock()
		calls := b.calls
		b.calls = map[string]func(interaction.Input){}
		b.mu.Unlock()
		for id, post := range calls {
			post(interaction.CallFailed{Call: id, Error: bridge.Busy.Error("The line is busy.")})
		}
		b.pause(time.Second)
	}
}

func (b *border) want(sentence string, responses, dropped int, id string) {
	b.t.Helper()
	got := 0
	for _, m := range b.stream() {
		if m.Type == bridge.TypeResponse && m.RequestID == id {
			got++
		}
		if !utf8.Valid(m.Body) {
			b.t.Errorf("what is said is UTF-8: %q", m.Body)
		}
	}
	if got != responses || b.tracker.Dropped() != uint64(dropped) {
		b.t.Errorf("%s: %d responses, %d dropped", sentence, got, b.tracker.Dropped())
	}
}

// replied wants exactly one answer for whoever waits for it, in the encoding of the message.
func (b *border) replied(d bridge.Delivery, encoding bridge.Encoding, tied bool) {
	b.t.Helper()
	replies := b.bus.Replies()
	if d.Reply == "" {
		if len(replies) > 0 {
			b.t.Errorf("nobody waits for an answer: %v", replies)
		}
		return
	}
	if len(replies) != 1 {
		b.t.Fatalf("who waits gets one answer: %d", len(replies))
	}
	m, form, err := space.Decode(replies[0].Header, replies[0].Data)
	if err != nil && tied || form != encoding || m.Type != bridge.TypeResponse {
		b.t.Errorf("the answer comes in the form of the question: %v %s", err, m.Line())
	}
	if !tied && (m.Result != bridge.Failure || m.Err().Code != bridge.InvalidMessage) {
		b.t.Errorf("the reason is sent: %s", m.Line())
	}
	if m.RequestID == "" {
		m.RequestID = "none" // the contract of answers on the stream demands one
	}
	contract.Heard(b.t)(m)
}

// wantQuiet: what is not understood has no effect but its answer.
func (b *border) wantQuiet(n, placed int) {
	b.t.Helper()
	for _, m := range b.stream()[n:] {
		if m.Type == bridge.TypeEvent && m.Target.At(bridge.ObjectChannel) == "" {
			b.t.Errorf("what is not understood has no effect: %s", m.Line())
		}
	}
	if b.placed() != placed {
		b.t.Errorf("nobody is called for it: %d calls", b.placed()-placed)
	}
}
