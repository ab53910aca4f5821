package demo

import (
	"slices"
	"testing"

	"tieline/bridge"
	"tieline/interaction/tracker"
)

// TestWitness shows the witness each offence.
func TestWitness(t *testing.T) {
	const channel, call, customer, expert bridge.Target = "s1.sales.1001", "s1.sales.1001.i1", "s1.sales.1001.i1.v1", "s1.sales.1001.i1.c1"
	request := func(name bridge.Name, of bridge.Target) bridge.Message {
		return bridge.Message{Type: bridge.TypeRequest, Name: name, Target: of, RequestID: "d1"}
	}
	dial, consult, transfer := request(bridge.ChannelDial, channel), request(bridge.InteractionConsult, call), request(bridge.InteractionConsultTransfer, call)
	added := bridge.Event(bridge.ChannelInteractionAdded, channel, bridge.InteractionAdded{Interaction: "i1", RequestID: "d1"})
	success, failure := dial.Succeed(nil), dial.Fail(bridge.Busy.Error("The line is busy."))

	held := bridge.Event(bridge.ConversationHeld, customer, bridge.ConversationChange{HeldBy: []bridge.Side{bridge.AgentSide}})
	heldByOther := bridge.Event(bridge.ConversationHeld, customer, bridge.ConversationChange{HeldBy: []bridge.Side{bridge.RemoteSide}})
	retrieved := bridge.Event(bridge.ConversationRetrieved, customer, bridge.ConversationChange{})
	joined := bridge.Event(bridge.InteractionConversationAdded, call, bridge.ConversationAdded{Conversation: "c1", RequestID: "d1"})
	consulted, notConsulted := consult.Succeed(nil), consult.Fail(bridge.Busy.Error("The line is busy."))

	gone, left := bridge.Event(bridge.ConversationEnded, customer, nil), bridge.Event(bridge.ConversationEnded, expert, nil)
	over, transferred := bridge.Event(bridge.InteractionEnded, call, nil), transfer.Succeed(nil)

	for _, tt := range []struct {
		offence string
		asked   bridge.Message
		said    []bridge.Message
		broken  []int // of the rules
	}{
		{"none: success", dial, []bridge.Message{added, success}, nil},
		{"none: failure", dial, []bridge.Message{failure}, nil},
		{"no response", dial, nil, []int{0}},
		{"two responses", dial, []bridge.Message{added, success, success}, []int{0}},
		{"success before the event", dial, []bridge.Message{success, added}, []int{1}},
		{"success without the event", dial, []bridge.Message{success}, []int{1}},
		{"failure with the event", dial, []bridge.Message{added, failure}, []int{2}},
		{"none: a consult", consult, []bridge.Message{held, joined, consulted}, nil},
		{"none: a consult that fails", consult, []bridge.Message{held, notConsulted}, nil},
		{"consulted before the event", consult, []bridge.Message{held, consulted, joined}, []int{1}},
		{"not consulted, with the event", consult, []bridge.Message{held, joined, notConsulted}, []int{2}},
		{"nobody was held", consult, []bridge.Message{joined, consulted}, []int{3}},
		{"held too late", consult, []bridge.Message{joined, consulted, held}, []int{3}},
		{"held by the other side only", consult, []bridge.Message{heldByOther, joined, consulted}, []int{3}},
		{"not held any more", consult, []bridge.Message{held, retrieved, joined, consulted}, []int{3}},
		{"none: a transfer", transfer, []bridge.Message{left, gone, transferred, over}, nil},
		{"a conversation ends too late", transfer, []bridge.Message{left, transferred, gone, over}, []int{4}},
		{"the interaction ends too early", transfer, []bridge.Message{left, gone, over, transferred}, []int{4}},
		{"the interaction does not end", transfer, []bridge.Message{left, gone, transferred}, []int{4}},
		{"a gap", dial, []bridge.Message{added, bridge.Event(bridge.ChannelReady, "s1.sales.1001.gap", nil), success}, []int{5}},
	} {
		var w witness
		w.crossed(tracker.Crossing{In: true, Message: tt.asked})
		for i, m := range tt.said {
			m.Seq = uint64(i + 1)
			if m.Target.ID() == "gap" {
				m.Seq = 9
			}
			w.heard(m)
		}
		var broken []int
		for i, r := range w.judge() {
			if len(r.broken) > 0 {
				broken = append(broken, i)
			}
		}
		if !slices.Equal(broken, tt.broken) {
			t.Errorf("%s: rules %v are broken, want %v", tt.offence, broken, tt.broken)
		}
	}
}
