package processor

import (
	"context"
	"slices"

	"tieline/bridge"
)

// Conversation is one party of a call: the one that was dialled or has called, or one that is consulted
// (docs/protocol.md §9). It is as the gateway tells it.
//
// Hold, Retrieve, Transfer and Conference are answered UNSUPPORTED where the group's agents have no phone that the
// gateway controls, or the telephone system cannot do it.
type Conversation struct {
	// settings
	call   *Call
	Target bridge.Target
	Remote bridge.Party
	// state, guarded by the client's mu
	state  bridge.ConversationState
	heldBy []bridge.Side
	end    bridge.End
}

// State is the conversation's state as last told, and why it ended once it has; empty, where that was not told.
func (v *Conversation) State() (bridge.ConversationState, *bridge.End) {
	v.call.client.mu.Lock()
	defer v.call.client.mu.Unlock()
	if v.state != bridge.ConvEnded {
		return v.state, nil
	}
	end := v.end
	return v.state, &end
}

// HeldBy is who holds it, in HELD.
func (v *Conversation) HeldBy() []bridge.Side {
	v.call.client.mu.Lock()
	defer v.call.client.mu.Unlock()
	return slices.Clone(v.heldBy)
}

// Wait returns when the conversation is in one of the states, or with ErrClosed or the error of ctx. A state that it
// has only passed through does not count.
func (v *Conversation) Wait(ctx context.Context, states ...bridge.ConversationState) (bridge.ConversationState, error) {
	var state bridge.ConversationState
	err := v.call.await(ctx, func() bool {
		state = v.state
		return slices.Contains(states, state)
	})
	return state, err
}

// Release hangs up, whatever the conversation is doing. Where the call has another one, that goes on.
func (v *Conversation) Release(ctx context.Context) error {
	return v.ask(ctx, bridge.ConversationRelease, nil)
}

// Hold lets the party wait; it returns when it is held.
func (v *Conversation) Hold(ctx context.Context) error {
	return v.ask(ctx, bridge.ConversationHold, nil)
}

// Retrieve ends what Hold has begun.
func (v *Conversation) Retrieve(ctx context.Context) error {
	return v.ask(ctx, bridge.ConversationRetrieve, nil)
}

// Transfer passes the party on to somebody who was not asked before; it returns when the outcome is known. The
// agent is rid of the call then, or has it as before.
func (v *Conversation) Transfer(ctx context.Context, destination string) error {
	return v.ask(ctx, bridge.ConversationTransfer, bridge.Callee{Destination: destination})
}

// Conference calls somebody, and lets all three talk.
func (v *Conversation) Conference(ctx context.Context, destination string) error {
	return v.ask(ctx, bridge.ConversationConference, bridge.Callee{Destination: destination})
}

// SendDTMF presses keys; it returns when the telephone system has taken them. A comma is a pause of 2 s.
func (v *Conversation) SendDTMF(ctx context.Context, digits string) error {
	return v.ask(ctx, bridge.ConversationSendDTMF, bridge.Digits{Digits: digits})
}

// open initializes the conversation, so that it raises events. One that ends meanwhile is as good.
func (v *Conversation) open(ctx context.Context) error {
	err := v.ask(ctx, bridge.ConversationInit, nil)
	if _, end := v.State(); end != nil {
		return nil
	}
	return err
}

func (v *Conversation) ask(ctx context.Context, name bridge.Name, body any) error {
	return v.call.client.ask(ctx, name, v.Target, v.Target, body, nil)
}

// hear takes what was said about the conversation: its state events, and what its init answers, which is the state at
// that point of the order. The client's mu is held, as in all that follows.
func (v *Conversation) hear(m bridge.Message) {
	var change bridge.ConversationChange
	if m.Result == bridge.Failure || m.Type == bridge.TypeResponse && m.Name != bridge.ConversationInit ||
		bridge.DecodeBody(m, &change) != nil || change.State == "" {
		return
	}
	v.state, v.heldBy = change.State, change.HeldBy
	if change.End != nil {
		v.end = *change.End
	}
}

// over: it has ended, and may have been unable to tell so itself, for want of an init.
func (v *Conversation) over(why bridge.End) {
	if v.state != bridge.ConvEnded {
		v.state, v.heldBy, v.end = bridge.ConvEnded, nil, why
	}
}
