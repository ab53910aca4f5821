package interaction

import (
	"slices"

	"tieline/bridge"
)

// conversation is one call leg as the protocol sees it (protocol.md §9), with a call of its own.
//
//	state              | input       | events, in order                                          | next
//	DIALING            | alerting    | conversation.alerting                                     | ALERTING
//	DIALING, ALERTING  | answered    | conversation.connected, of the first leg interaction.started | CONNECTED
//	CONNECTED, HELD    | see hold.go |                                                           |
//	any, the only leg  | over        | conversation.ended, interaction.ended                     | –
//	any, the consult leg | over      | conversation.ended, interaction.conversationremoved, retrieve the primary one | –
//	any, the primary leg with a consult leg | over | conversation.ended, interaction.conversationremoved; the consult leg is the primary one, retrieve it | –
//	any                | release     | hang up, and as over; the answer stands behind conversation.ended | –
//
// Over is: the callee could not be reached, the remote party, the agent or the bridge hung up. What is under way
// is answered CANCELLED behind conversation.ended.
type conversation struct {
	destination
	in        *interaction
	call      string
	role      string
	direction bridge.Direction
	current   bridge.ConversationState
	remote    bridge.Party
	heldBy    []bridge.Side // in HELD
	told      []string      // the actions that were told last
	members   []member      // of a conference; nil: it is none
	order     *order        // what the telephone system was told and has not answered; nil: nothing
	sending   []*ask        // senddtmf requests whose digits are being sent
	over      *bridge.End   // how it ended while the consult leg beside it, or itself, is not stored yet
}

const (
	rolePrimary = "primary"
	roleConsult = "consult"
)

// established tells whether both sides have met.
func (v *conversation) established() bool {
	return v.current == bridge.ConvConnected || v.current == bridge.ConvHeld
}

func (v *conversation) holds(side bridge.Side) bool { return slices.Contains(v.heldBy, side) }

// endOr is how it has ended already, or end.
func (v *conversation) endOr(end bridge.End) bridge.End {
	if v.over != nil {
		return *v.over
	}
	return end
}

func (c *Channel) conversationState(v *conversation) bridge.ConversationInitState {
	v.told = c.legActions(v)
	return bridge.ConversationInitState{
		State: v.current, HeldBy: v.heldBy, Role: v.role, Remote: v.remote, Members: v.parties(), Actions: v.told,
	}
}

func (c *Channel) legChanged(v *conversation, name bridge.Name, end *bridge.End) {
	v.told = c.legActions(v)
	v.event(&c.asks, name, bridge.ConversationChange{State: v.current, HeldBy: v.heldBy, Actions: v.told, End: end})
}

// byCall returns the conversation of a call, or nil.
func (c *Channel) byCall(call string) *conversation {
	for _, i := range c.interactions {
		for _, v := range i.legs() {
			if v.call == call {
				return v
			}
		}
	}
	return nil
}

func (c *Channel) alerting(v *conversation) {
	if v.current == bridge.ConvDialing {
		v.current = bridge.ConvAlerting
		c.legChanged(v, bridge.ConversationAlerting, nil)
	}
}

// start: both sides have met.
func (c *Channel) start(v *conversation) {
	if v.current != bridge.ConvDialing && v.current != bridge.ConvAlerting {
		return
	}
	i := v.in
	first := i.current != bridge.Started
	v.current, i.current = bridge.ConvConnected, bridge.Started
	c.legChanged(v, bridge.ConversationConnected, nil)
	if first {
		c.changed(i, bridge.InteractionStarted, nil)
		c.accepted(i)
	}
}

// endConversation is the last word about a conversation but for the answer to its release.
func (c *Channel) endConversation(v *conversation, end bridge.End) {
	v.current, v.heldBy = bridge.ConvEnded, nil
	c.legChanged(v, bridge.ConversationEnded, &end)
	v.phase = tornDown
	c.unsent(v)
	c.disobeyed(v)
	c.abandon(v.in, bridge.Cancelled.Error("The call ended before the request had an outcome."))
	if v == v.in.primary {
		c.unanswered(v.in, end)
	}
}

// overWith: a call is over, and what becomes of its interaction. p is who released it, or nil.
func (c *Channel) overWith(v *conversation, end bridge.End, p *ask) {
	i := v.in
	c.endConversation(v, end)
	if p != nil {
		c.asks.succeed(p, nil)
	}
	switch {
	case v == i.consult:
		i.consult = nil
		c.removed(v)
		c.back(i)
	case i.consult != nil: // the consult call takes its place
		i.primary, i.consult = i.consult, nil
		i.primary.role = rolePrimary
		c.removed(v)
		c.back(i)
	default:
		c.endInteraction(i, end)
	}
}

func (c *Channel) removed(v *conversation) {
	v.in.event(&c.asks, bridge.InteractionConversationRemoved, bridge.ConversationRemoved{
		Conversation: v.target.ID(), Conversations: v.in.conversations(),
	})
}

// release hangs up: BYE or CANCEL, whichever fits. What is due goes out at once; the
// telephone system's clean-up goes on behind it (§7.4).
func (c *Channel) release(p *ask, v *conversation) {
	c.hangUp(v)
	c.overWith(v, bridge.End{ReleasedBy: bridge.ByAgent}, p)
	c.next()
}

func (c *Channel) hangUp(v *conversation) {
	if v.over == nil {
		c.asks.emit(HangUp{v.call})
	}
}
