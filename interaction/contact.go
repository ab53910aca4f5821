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
//	STARTED  | remote hangs up  | conversation.ended, interaction.ended         | ENDED
//	ENDED    | complete, wrap-up | interaction.completed, interaction.disposed, answer, channel.interactionremoved | –
type interaction struct {
	destination
	call      string
	current   bridge.InteractionState
	direction bridge.Direction
	data      json.RawMessage
	ended     bridge.End
	endedAt   time.Time
	primary   *conversation // nil once it ended

	ref       uint64 // of an inbound one's interactionadded, until the stream has it
	announced bool   // interaction.alerting was raised
	answering []*ask // accept and answer requests whose call is being answered
}

// conversation is one call leg as the protocol sees it (protocol.md §9).
type conversation struct {
	destination
	role      string
	direction bridge.Direction
	current   bridge.ConversationState
	remote    bridge.Party
	dtmf      bool   // digits can be sent
	sending   []*ask // senddtmf requests whose digits are being sent
}

const rolePrimary = "primary"

func (i *interaction) live() bool { return i.current != bridge.Ended }

func (i *interaction) conversations() bridge.Conversations {
	if i.primary == nil {
		return bridge.Conversations{}
	}
	return bridge.Conversations{Primary: &bridge.ConversationRef{ID: i.primary.target.ID()}}
}

func (i *interaction) actions() []string {
	switch i.current {
	case bridge.Alerting:
		return []string{"accept", "reject", "setdata"}
	case bridge.Ended:
		return []string{"complete", "setdata"}
	}
	return []string{"setdata"}
}

func (v *conversation) actions() []string {
	switch {
	case v.current == bridge.ConvEnded:
		return []string{}
	case v.current == bridge.ConvAlerting && v.direction == bridge.Inbound:
		return []string{"answer", "release"}
	case v.current == bridge.ConvConnected && v.dtmf:
		return []string{"release", "senddtmf"}
	}
	return []string{"release"}
}

func (i *interaction) state() bridge.InteractionInitState {
	s := bridge.InteractionInitState{
		State: i.current, Data: i.data, Conversations: i.conversations(), Direction: i.direction, Actions: i.actions(),
	}
	if i.current == bridge.Ended {
		s.End = &i.ended
	}
	return s
}

func (v *conversation) state() bridge.ConversationInitState {
	return bridge.ConversationInitState{
		State: v.current, Role: v.role, Remote: v.remote, Members: []bridge.Party{v.remote}, Actions: v.actions(),
	}
}

func (i *interaction) changed(a *asks, name bridge.Name, end *bridge.End) {
	i.event(a, name, bridge.InteractionChange{State: i.current, Actions: i.actions(), End: end})
}

func (v *conversation) changed(a *asks, name bridge.Name, end *bridge.End) {
	v.event(a, name, bridge.ConversationChange{State: v.current, Actions: v.actions(), End: end})
}

// byCall returns the live interaction of a call, or nil.
func (c *Channel) byCall(call string) *interaction {
	for _, i := range c.interactions {
		if i.call == call && i.live() {
			return i
		}
	}
	return nil
}

func (c *Channel) alerting(i *interaction) {
	if i.primary.current == bridge.ConvDialing {
		i.primary.current = bridge.ConvAlerting
		i.primary.changed(&c.asks, bridge.ConversationAlerting, nil)
	}
}

func (c *Channel) start(i *interaction) {
	if i.current != bridge.Dialing && i.current != bridge.Alerting {
		return
	}
	i.primary.current = bridge.ConvConnected
	i.primary.changed(&c.asks, bridge.ConversationConnected, nil)
	i.current = bridge.Started
	i.changed(&c.asks, bridge.InteractionStarted, nil)
	c.accepted(i)
}

// end takes a live interaction to ENDED, its conversation first.
func (c *Channel) end(i *interaction, end bridge.End) {
	if !i.live() {
		return
	}
	c.endConversation(i, end)
	c.endInteraction(i, end)
}

func (c *Channel) endConversation(i *interaction, end bridge.End) {
	i.primary.current = bridge.ConvEnded
	i.primary.changed(&c.asks, bridge.ConversationEnded, &end)
	i.primary.phase = tornDown
	c.unsent(i.primary)
	i.primary = nil
	c.unanswered(i, end)
}

func (c *Channel) endInteraction(i *interaction, end bridge.End) {
	i.current, i.ended, i.endedAt = bridge.Ended, end, c.asks.now
	i.changed(&c.asks, bridge.InteractionEnded, &i.ended)
}

// release hangs up: BYE or CANCEL, whichever fits. What is due goes out at once; the
// telephone system's clean-up goes on behind it (§7.4).
func (c *Channel) release(p *ask, i *interaction) {
	end := bridge.End{ReleasedBy: bridge.ByAgent}
	c.asks.emit(HangUp{i.call})
	c.endConversation(i, end)
	c.asks.succeed(p, nil)
	c.endInteraction(i, end)
	c.next()
}

func (c *Channel) prepareInteraction(p *ask) *bridge.Error {
	var body bridge.InteractionRemoved
	return c.prepare(p, &body, func() string { return body.Interaction })
}

func (c *Channel) prepareConversation(p *ask) *bridge.Error {
	var body bridge.ConversationRemoved
	return c.prepare(p, &body, func() string { return body.Conversation })
}

// prepare accepts the setup request of an object that the gateway itself set up (§3).
func (c *Channel) prepare(p *ask, body any, id func() string) *bridge.Error {
	target, e := child(p, body, id)
	if e != nil {
		return e
	}
	if d, _ := c.find(target); d == nil {
		return unknownTarget(target)
	}
	c.asks.succeed(p, nil)
	return nil
}

func (c *Channel) completeRequest(p *ask, i *interaction) *bridge.Error {
	if i.live() {
		return bridge.InvalidState.Error("The interaction is " + string(i.current) + "; it can be completed once it has ENDED.")
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

// completesAt is when an ENDED interaction is completed without being asked; zero: never.
func (c *Channel) completesAt(i *interaction) time.Time {
	wait := c.settings.WrapUp
	if wait == 0 {
		wait = c.settings.WrapUpLimit
	}
	if i.live() || wait == 0 || c.beingAdded(i) {
		return time.Time{}
	}
	return i.endedAt.Add(wait)
}

func (c *Channel) beingAdded(i *interaction) bool {
	return i.ref != 0 || slices.ContainsFunc(c.dials, func(d *dial) bool { return d.interaction == i })
}

// Deadline implements Machine.
func (c *Channel) Deadline() time.Time {
	var next time.Time
	for _, i := range c.interactions {
		if at := c.completesAt(i); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, d := range c.dials {
		if d.call == "" && !d.deadline.IsZero() && (next.IsZero() || d.deadline.Before(next)) {
			next = d.deadline
		}
	}
	return next
}

// mostEnded is how many ENDED interactions a channel keeps for a bridge that does not complete them: the answer to
// its init lists them all, and has to fit into a message.
const mostEnded = 100

// due does what its time has come for, and completes the oldest of too many.
func (c *Channel) due() {
	tooMany := len(c.interactions) - c.live() - mostEnded
	for _, i := range slices.Clone(c.interactions) {
		if i.live() || c.beingAdded(i) {
			continue
		}
		if at := c.completesAt(i); tooMany > 0 || !at.IsZero() && !c.asks.now.Before(at) {
			c.complete(i, nil)
			tooMany--
		}
	}
	for _, d := range slices.Clone(c.dials) {
		if d.call == "" && !d.deadline.IsZero() && !c.asks.now.Before(d.deadline) {
			c.leave(d)
			c.asks.fail(d.ask, lateForTurn())
		}
	}
}

func lateForTurn() *bridge.Error {
	return &bridge.Error{Code: bridge.Unavailable, Retryable: true, Message: "The time for the call was over before its turn came."}
}
