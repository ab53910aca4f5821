package interaction

import (
	"encoding/json"
	"slices"
	"time"

	"tieline/bridge"
)

// interaction is one customer contact (protocol.md §8).
//
//	state    | input            | events, in order                              | next
//	ALERTING | see inbound.go   |                                               |
//	DIALING  | answered         | conversation.connected, interaction.started   | STARTED
//	DIALING  | failed           | conversation.ended, interaction.ended         | ENDED
//	ALERTING, DIALING, STARTED | released | conversation.ended, answer, interaction.ended | ENDED
//	STARTED  | remote or agent hangs up | conversation.ended, interaction.ended | ENDED
//	STARTED with a consult call | see consult.go |                              |
//	ENDED    | complete, wrap-up | interaction.completed, interaction.disposed, answer, channel.interactionremoved | –
type interaction struct {
	destination
	current   bridge.InteractionState
	direction bridge.Direction
	data      json.RawMessage
	ended     bridge.End
	endedAt   time.Time
	primary   *conversation // nil once it ended
	consult   *conversation // nil: none
	told      []string      // the actions that were told last
	errand    *errand       // the verb of several steps that is under way; nil: none

	ref       uint64 // of an inbound one's interactionadded, until the stream has it
	announced bool   // interaction.alerting was raised
	answering []*ask // accept and answer requests whose call is being answered
}

func (i *interaction) live() bool { return i.current != bridge.Ended }

// legs are the conversations, the primary one last.
func (i *interaction) legs() []*conversation {
	return slices.DeleteFunc([]*conversation{i.consult, i.primary}, func(v *conversation) bool { return v == nil })
}

func (i *interaction) conversations() (all bridge.Conversations) {
	if i.primary != nil {
		all.Primary = &bridge.ConversationRef{ID: i.primary.target.ID()}
	}
	if i.consult != nil {
		all.Consult = &bridge.ConversationRef{ID: i.consult.target.ID()}
	}
	return all
}

func (c *Channel) interactionState(i *interaction) bridge.InteractionInitState {
	i.told = c.actions(i)
	s := bridge.InteractionInitState{
		State: i.current, Data: i.data, Conversations: i.conversations(), Direction: i.direction, Actions: i.told,
	}
	if i.current == bridge.Ended {
		s.End = &i.ended
	}
	return s
}

func (c *Channel) changed(i *interaction, name bridge.Name, end *bridge.End) {
	i.told = c.actions(i)
	i.event(&c.asks, name, bridge.InteractionChange{State: i.current, Actions: i.told, End: end})
}

// end takes a live interaction to ENDED, its conversations first.
func (c *Channel) end(i *interaction, end bridge.End) {
	if !i.live() {
		return
	}
	for _, v := range i.legs() {
		c.endConversation(v, v.endOr(end))
	}
	end = i.primary.endOr(end)
	c.endInteraction(i, end)
}

func (c *Channel) endInteraction(i *interaction, end bridge.End) {
	i.primary, i.consult = nil, nil
	i.current, i.ended, i.endedAt = bridge.Ended, end, c.asks.now
	c.changed(i, bridge.InteractionEnded, &i.ended)
}

func (c *Channel) prepareInteraction(p *ask) *bridge.Error {
	var body bridge.InteractionRemoved
	return c.prepare(p, &body, func() string { return body.Interaction })
}

func (c *Channel) prepareConversation(p *ask) *bridge.Error {
	var body bridge.ConversationName
	return c.prepare(p, &body, func() string { return body.Conversation })
}

// prepare accepts the setup request of an object that the gateway itself set up (§3).
func (c *Channel) prepare(p *ask, body any, id func() string) *bridge.Error {
	target, e := child(p, body, id)
	if e != nil {
		return e
	}
	if d, _, _ := c.find(target); d == nil {
		return unknownTarget(target)
	}
	c.asks.succeed(p, nil)
	return nil
}

func (c *Channel) completeRequest(p *ask, i *interaction) *bridge.Error {
	if e := i.mayComplete(); e != nil {
		return e
	}
	c.complete(i, p)
	return nil
}

// complete takes an ENDED interaction out of the channel. p is nil when wrap-up does it.
func (c *Channel) complete(i *interaction, p *ask) {
	i.current = bridge.Completed
	i.event(&c.asks, bridge.InteractionCompleted, bridge.InteractionChange{State: i.current, Actions: []string{}})
	i.event(&c.asks, bridge.InteractionDisposed, nil)
	i.phase = tornDown
	if p != nil {
		c.asks.succeed(p, nil)
	}
	c.interactions = slices.DeleteFunc(c.interactions, func(o *interaction) bool { return o == i })
	c.event(&c.asks, bridge.ChannelInteractionRemoved, bridge.InteractionRemoved{Interaction: i.target.ID()})
}
