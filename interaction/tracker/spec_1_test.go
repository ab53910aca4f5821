package tracker_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tieline/bridge"
)

// "The gateway produces exactly one response to each, and events. The gateway never sends a
// request; the bridge never raises an event."
func TestSpec_1_ResponsesAndEvents(t *testing.T) {
	alerted(t, func(w *world) {
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered(), w.hungUp())
		w.request(bridge.InteractionComplete, inbound, "")
		w.request("channel.request.paint", channel, "")
		h, _ := space.Encode(bridge.Message{Type: bridge.TypeEvent, Name: bridge.ChannelActivated, Target: channel, RequestID: "event"})
		w.deliver(bridge.Delivery{Subject: space.To(channel), Header: h})
		w.pause(0)
		w.wantFailure("the bridge never raises an event", "event", bridge.InvalidMessage)
		answers := map[string]int{}
		for _, m := range w.stream() {
			switch m.Type {
			case bridge.TypeResponse:
				answers[m.RequestID]++
			case bridge.TypeEvent:
			case bridge.TypeQuery, bridge.TypeRequest:
				t.Errorf("the gateway never sends a request: %s", m.Line())
			}
		}
		const asked = 6 + 2 + 2 + 3 + 1 // setup, duty, inits, what is above
		if len(answers) != asked {
			t.Errorf("a response to each of %d: %v", asked, answers)
		}
		for id, n := range answers {
			if n != 1 {
				t.Errorf("exactly one response to %s: %d", id, n)
			}
		}
	})
}

// "Each object is reached through a destination, named by its target: the ids of every object
// above it, root first, joined by '.'."
func TestSpec_1_Targets(t *testing.T) {
	alerted(t, func(w *world) {
		for target, key := range map[bridge.Target]string{
			"s1": "agent", "s1.sales": "channels", "s1.sales.1001": "end-point",
			"s1.sales.1001.id1": "interaction-data", "s1.sales.1001.id1.id2": "role",
		} {
			m := w.init(target)
			if m.Target != target || !strings.Contains(string(m.Body), `"`+key+`"`) {
				t.Errorf("the target %s leads to its object: %s", target, m.Line())
			}
		}
	})
}

// "An id is 1–64 visible UTF-8 bytes without '.', '*', '>', white space or control characters."
func TestSpec_1_Ids(t *testing.T) {
	longest := strings.Repeat("é", 32)
	spec(t, func(w *world) {
		for _, id := range []string{"a", longest, "日本", "a/b:c", "$SYS", "Ω-1", `"`} {
			quoted, _ := json.Marshal(id)
			asked := w.request(bridge.ControlAddSession, bridge.Control, `{"session":`+string(quoted)+`,"agent":{"id":"","name":""}}`, to{subject: bridge.Target(id)})
			w.wantSuccess("the id "+id, asked)
			w.init(bridge.Target(id))
		}
		w.open()
		for what, id := range map[string]string{
			"no byte": "", "65 bytes": longest + "a", "a dot": "a.b", "a star": "*", "an angle": "a>", "a space": "a b", "a tab": "a\tb",
			"a line end": "a\n", "a no-break space": "a\u00a0b", "NUL": "a\x00", "DEL": "a\x7f", "a control character": "a\u0085b",
			"an invisible character": "a\u200bb",
		} {
			quoted, _ := json.Marshal(id)
			refused := func(name bridge.Name, target bridge.Target, body string, subject bridge.Target) {
				t.Helper()
				m := w.wantFailure(string(name)+" with an id that has "+what, w.request(name, target, body, to{subject: subject}), bridge.InvalidMessage)
				if !strings.Contains(m.ErrorMessage, ": id ") {
					t.Errorf("it is the id that is wrong, it has %s: %s", what, m.ErrorMessage)
				}
			}
			refused(bridge.ControlAddSession, bridge.Control, `{"session":`+string(quoted)+`,"agent":{"id":"","name":""}}`, "s2")
			refused(bridge.SessionAddChannelGroup, "s1", `{"channel-group":`+string(quoted)+`}`, "s1.support")
			refused(bridge.GroupAddChannel, "s1.sales", `{"channel":`+string(quoted)+`,"end-point":"1002","type":"Telephony"}`, "s1.sales.c")
		}
	})
}

// "Session, group and channel ids come from the bridge; interaction and conversation ids come from
// the gateway."
func TestSpec_1_WhoMakesIds(t *testing.T) {
	onDuty(t, func(w *world) {
		n := len(w.stream())
		w.ring("c1")
		added := body[bridge.InteractionAdded](w, w.stream()[n])
		if inbound.ID() != added.Interaction || leg.ID() != added.Conversations.Primary.ID {
			t.Errorf("interaction and conversation ids come from the gateway: %+v", added)
		}
		w.init(inbound)
		own := w.request(bridge.ChannelPrepareInteraction, channel, `{"interaction":"mine"}`, to{subject: channel.Child("mine")})
		w.wantFailure("an interaction's id does not come from the bridge", own, bridge.UnknownTarget)
		own = w.request(bridge.InteractionPrepareConversation, inbound, `{"conversation":"mine"}`, to{subject: inbound.Child("mine")})
		w.wantFailure("a conversation's neither", own, bridge.UnknownTarget)
	})
}

// "one call leg; at most two: primary and consult": nothing else is ever named among an
// interaction's conversations.
func TestSpec_1_AtMostTwoConversations(t *testing.T) {
	alerted(t, func(w *world) {
		look := func(when string) {
			var state struct {
				Conversations map[string]bridge.ConversationRef `json:"conversations"`
			}
			if err := json.Unmarshal(w.init(inbound).Body, &state); err != nil || state.Conversations == nil {
				t.Errorf("conversations is always present, %s: %v", when, err)
			}
			for role := range state.Conversations {
				if !slices.Contains([]string{"primary", "consult"}, role) {
					t.Errorf("primary and consult at most, %s: %s", when, role)
				}
			}
		}
		look("ALERTING")
		w.request(bridge.InteractionAccept, inbound, "")
		w.tell(w.answered())
		look("STARTED")
		w.request(bridge.InteractionConsult, inbound, `{"destination":"700"}`)
		look("asked to consult")
		w.tell(w.hungUp())
		look("ENDED")
	})
}
