package processor

import (
	"context"
	"slices"
	"time"

	"tieline/bridge"
)

// Call is a call that was dialled with success, or that came in, as the gateway tells it.
type Call struct {
	// settings
	client      *Client
	Interaction bridge.Target
	Direction   bridge.Direction
	Remote      bridge.Party
	// state, guarded by the client's mu
	state         bridge.InteractionState
	end           bridge.End
	answered      time.Time
	primary       *Conversation
	conversations map[bridge.Target]*Conversation
	changedc      chan struct{} // closed at the next change
}

// Dial asks the channel to dial and returns when the dial is answered: at the callee's first
// sign of life or at the answer, as the group is configured (docs/protocol.md §7.4). The
// call's interaction and conversation are initialized, so that they raise events.
//
// A FAILURE is the error, of type *bridge.Error; there is no call then.
func (c *Client) Dial(ctx context.Context, channel bridge.Target, d bridge.Dial) (*Call, error) {
	var dialled bridge.Dialled
	if err := c.ask(ctx, bridge.ChannelDial, channel, channel, d, &dialled); err != nil {
		return nil, err
	}
	// The event that added the interaction has been heard: it precedes the answer.
	interaction := channel.Child(dialled.Interaction)
	c.mu.Lock()
	call := c.calls[interaction]
	c.mu.Unlock()
	if call == nil {
		return nil, bridge.Internal.Error("The dial was answered before its interaction was added.")
	}
	return call, call.open(ctx)
}

// State is the interaction's state as last told, and why it ended once it has.
func (call *Call) State() (bridge.InteractionState, *bridge.End) {
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	if call.state != bridge.Ended && call.state != bridge.Completed {
		return call.state, nil
	}
	end := call.end
	return call.state, &end
}

// AnsweredAt is when it was first heard that the callee had answered; zero when it never was. Once
// the call has ended that is final, since everything is heard in order.
func (call *Call) AnsweredAt() time.Time {
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	return call.answered
}

// Wait returns when the call is in one of the states, or with ErrClosed or the error of ctx. A state that
// it has only passed through does not count.
func (call *Call) Wait(ctx context.Context, states ...bridge.InteractionState) (bridge.InteractionState, error) {
	var state bridge.InteractionState
	err := call.await(ctx, func() bool {
		state = call.state
		return slices.Contains(states, state)
	})
	return state, err
}

// await returns when is says so, which is asked at each change of the call, with the client's mu held.
func (call *Call) await(ctx context.Context, is func() bool) error {
	for {
		call.client.mu.Lock()
		done, changedc := is(), call.changedc
		call.client.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changedc:
		case <-call.client.endedc:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Primary is the conversation with the party of the call. Where that party hangs up while another is consulted, it is the
// one with the other from there on.
func (call *Call) Primary() *Conversation {
	call.client.mu.Lock()
	defer call.client.mu.Unlock()
	return call.primary
}

// Release hangs up the primary conversation, whatever it is doing.
func (call *Call) Release(ctx context.Context) error { return call.Primary().Release(ctx) }

// Complete ends the work on a call that has ended. Its interaction is gone afterwards.
func (call *Call) Complete(ctx context.Context) error {
	return call.ask(ctx, bridge.InteractionComplete)
}

func (call *Call) ask(ctx context.Context, name bridge.Name) error {
	return call.client.ask(ctx, name, call.Interaction, call.Interaction, nil, nil)
}

// add notes an interaction; c.mu is held, as in all that follows.
func (c *Client) add(m bridge.Message) {
	var added bridge.InteractionAdded
	if bridge.DecodeBody(m, &added) != nil || added.Interaction == "" {
		return
	}
	call := &Call{
		client: c, Interaction: m.Target.Child(added.Interaction), Direction: added.Direction, Remote: added.Remote,
		state: added.State, conversations: map[bridge.Target]*Conversation{}, changedc: make(chan struct{}),
	}
	id := ""
	if p := added.Conversations.Primary; p != nil {
		id = p.ID
	}
	call.primary = call.converse(id, added.Remote)
	c.calls[call.Interaction] = call
	if call.Direction == bridge.Inbound {
		c.offer(call)
	}
}

// remove forgets interactions of a channel that were never initialized, and so did not tell their end themselves.
func (c *Client) remove(m bridge.Message) {
	var removed bridge.InteractionRemoved
	if bridge.DecodeBody(m, &removed) != nil {
		return
	}
	for target, call := range c.calls {
		if target.Parent() == m.Target && (m.Name == bridge.ChannelDisposed || target.ID() == removed.Interaction) {
			call.gone()
		}
	}
}

// gone: the interaction is torn down.
func (call *Call) gone() {
	delete(call.client.calls, call.Interaction)
	call.turn(bridge.Completed)
	call.changed()
}

// turn changes the state. No conversation outlives what the agent has of the call.
func (call *Call) turn(state bridge.InteractionState) {
	call.state = state
	if state != bridge.Ended && state != bridge.Completed {
		return
	}
	for _, v := range call.conversations {
		v.over(call.end)
	}
}

// changed wakes who waits.
func (call *Call) changed() {
	close(call.changedc)
	call.changedc = make(chan struct{})
}

// hear takes what was said about the interaction and its conversations.
func (call *Call) hear(m bridge.Message) {
	switch v := call.conversations[m.Target]; {
	case v != nil:
		v.hear(m)
	case m.Target == call.Interaction:
		call.hearParties(m)
		call.hearState(m)
	}
	call.changed()
}

// hearState takes the interaction's state events, and what its init answers, which is the state at that point of the
// order.
func (call *Call) hearState(m bridge.Message) {
	var change bridge.InteractionChange
	if m.Result == bridge.Failure || bridge.DecodeBody(m, &change) != nil {
		return
	}
	switch {
	case m.Name == bridge.InteractionDisposed:
		call.gone()
		return
	case change.State == "" || m.Type == bridge.TypeResponse && m.Name != bridge.InteractionInit:
		return
	}
	if change.End != nil {
		call.end = *change.End
	}
	call.turn(change.State)
	if change.State == bridge.Started && call.answered.IsZero() {
		call.answered = time.Now()
	}
}
