package processor

import (
	"context"

	"tieline/bridge"
)

// Consult asks somebody else while the party of the call is held (docs/protocol.md §8.1). Like Dial it returns when the
// callee shows the first sign of life or has answered, as the group is configured; wait for CONNECTED before the agent
// passes the party on. The conversation is initialized, so that it raises events.
//
// A FAILURE is the error, of type *bridge.Error; there is no conversation then, and the agent talks with the party again.
func (call *Call) Consult(ctx context.Context, c bridge.Consult) (*Conversation, error) {
	var consulted bridge.Consulted
	if err := call.client.ask(ctx, bridge.InteractionConsult, call.Interaction, call.Interaction, c, &consulted); err != nil {
		return nil, err
	}
	// The event that added the conversation has been heard: it precedes the answer.
	call.client.mu.Lock()
	v := call.conversations[call.Interaction.Child(consulted.Conversation)]
	call.client.mu.Unlock()
	if v == nil {
		return nil, bridge.Internal.Error("The consult was answered before its conversation was added.")
	}
	return v, v.open(ctx)
}

// Alternate lets the agent talk with the other party: the one that is connected is held, the one that is held retrieved.
func (call *Call) Alternate(ctx context.Context) error {
	return call.ask(ctx, bridge.InteractionAlternate)
}

// ConsultTransfer connects the party with the one that is consulted. The agent leaves, and the call has ended for the
// bridge, while the two may talk on.
func (call *Call) ConsultTransfer(ctx context.Context) error {
	return call.ask(ctx, bridge.InteractionConsultTransfer)
}

// ConsultConference lets all three talk. The primary conversation is the conference; the other one ends.
func (call *Call) ConsultConference(ctx context.Context) error {
	return call.ask(ctx, bridge.InteractionConsultConference)
}

// converse notes a conversation; the client's mu is held, as in all that follows.
func (call *Call) converse(id string, remote bridge.Party) *Conversation {
	v := &Conversation{call: call, Target: call.Interaction.Child(id), Remote: remote}
	call.conversations[v.Target] = v
	return v
}

// hearParties takes which conversations there are. One that is over stays known as long as the call: who has just been
// told of it may still want it.
func (call *Call) hearParties(m bridge.Message) {
	switch m.Name {
	case bridge.InteractionConversationAdded:
		var added bridge.ConversationAdded
		if bridge.DecodeBody(m, &added) == nil && added.Conversation != "" {
			call.converse(added.Conversation, added.Remote).state = added.State
		}
	case bridge.InteractionConversationRemoved:
		var removed bridge.ConversationRemoved
		if bridge.DecodeBody(m, &removed) != nil {
			return
		}
		if v := call.conversations[call.Interaction.Child(removed.Conversation)]; v != nil {
			v.over(bridge.End{})
		}
		if p := removed.Conversations.Primary; p != nil {
			if v := call.conversations[call.Interaction.Child(p.ID)]; v != nil {
				call.primary = v
			}
		}
	}
}
