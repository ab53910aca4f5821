package mirror

import (
	"fmt"
	"slices"

	"tieline/bridge"
)

// event takes an event: what it tells is true from here on.
func (m *Mirror) event(said bridge.Message) error {
	switch said.Target.Object() {
	case bridge.ObjectControl:
		return m.status(said)
	case bridge.ObjectChannel:
		return m.channel(said)
	case bridge.ObjectInteraction:
		return m.interaction(said)
	case bridge.ObjectConversation:
		return m.conversation(said)
	case bridge.ObjectSession, bridge.ObjectGroup:
	}
	m.disposed(said)
	return nil
}

// disposed ends the destinations that have such a word.
func (m *Mirror) disposed(said bridge.Message) {
	switch said.Name {
	case bridge.SessionDisposed, bridge.GroupDisposed, bridge.ChannelDisposed, bridge.InteractionDisposed:
		m.gone(said.Target)
	}
}

func (m *Mirror) status(said bridge.Message) error {
	var now bridge.StatusBody
	if said.Name != bridge.ControlStatus {
		return nil
	}
	if err := bridge.DecodeBody(said, &now); err != nil {
		return err
	}
	before, repeats := m.Status, m.repeats
	m.Status, m.repeats = &now, false
	if repeats && before != nil && !same(before, now) {
		return fmt.Errorf("the status that was asked for is %+v, and was told as %+v", now, *before)
	}
	return nil
}

func (m *Mirror) channel(said bridge.Message) error {
	var named struct {
		Interaction string                  `json:"interaction"`
		State       bridge.InteractionState `json:"interaction-state"`
	}
	if err := bridge.DecodeBody(said, &named); err != nil {
		return err
	}
	update(m.Channels, said.Target, func(c *bridge.ChannelState) {
		switch said.Name {
		case bridge.ChannelActivated:
			c.State = bridge.LoginActive
		case bridge.ChannelDeactivated, bridge.ChannelAvailable:
			c.State = bridge.LoginInactive
		case bridge.ChannelUnavailable:
			c.State = bridge.LoginUnavailable
		case bridge.ChannelReady, bridge.ChannelNotReady:
			c.Ready = said.Name == bridge.ChannelReady
		case bridge.ChannelInteractionAdded:
			list := append(listed(*c), bridge.InteractionRef{Interaction: named.Interaction, State: named.State})
			c.Interactions = &list
		}
	})
	if said.Name == bridge.ChannelInteractionRemoved {
		m.gone(said.Target.Child(named.Interaction))
	}
	m.disposed(said)
	return nil
}

func (m *Mirror) interaction(said bridge.Message) error {
	switch said.Name {
	case bridge.InteractionDataChanged:
		var body bridge.InteractionData
		if err := bridge.DecodeBody(said, &body); err != nil {
			return err
		}
		update(m.Interactions, said.Target, func(i *bridge.InteractionInitState) { i.Data = body.Data })
	case bridge.InteractionActionsChanged:
		var body bridge.Actions
		if err := bridge.DecodeBody(said, &body); err != nil {
			return err
		}
		update(m.Interactions, said.Target, func(i *bridge.InteractionInitState) { i.Actions = body.Actions })
	case bridge.InteractionConversationAdded, bridge.InteractionConversationRemoved:
		return m.leg(said)
	case bridge.InteractionAlerting, bridge.InteractionDialing, bridge.InteractionStarted, bridge.InteractionEnded, bridge.InteractionCompleted:
		var change bridge.InteractionChange
		if err := bridge.DecodeBody(said, &change); err != nil {
			return err
		}
		update(m.Interactions, said.Target, func(i *bridge.InteractionInitState) {
			i.State, i.Actions, i.End = change.State, change.Actions, change.End
			if i.State == bridge.Ended || i.State == bridge.Completed {
				i.Conversations = bridge.Conversations{}
			}
		})
		m.list(said.Target, change.State)
	}
	m.disposed(said)
	return nil
}

// list keeps the channel's list of interactions in step.
func (m *Mirror) list(interaction bridge.Target, state bridge.InteractionState) {
	update(m.Channels, interaction.Parent(), func(c *bridge.ChannelState) {
		for n, ref := range listed(*c) {
			if ref.Interaction == interaction.ID() {
				(*c.Interactions)[n].State = state
			}
		}
	})
}

// leg is a second leg that comes, or one of two that goes: the one that is left is the primary one.
func (m *Mirror) leg(said bridge.Message) error {
	var body bridge.ConversationRemoved // of both events the part that counts here
	if err := bridge.DecodeBody(said, &body); err != nil {
		return err
	}
	update(m.Interactions, said.Target, func(i *bridge.InteractionInitState) {
		if said.Name == bridge.InteractionConversationAdded {
			i.Conversations.Consult = &bridge.ConversationRef{ID: body.Conversation}
			return
		}
		i.Conversations = body.Conversations
	})
	if said.Name == bridge.InteractionConversationRemoved {
		m.gone(said.Target.Child(body.Conversation))
		if left := body.Conversations.Primary; left != nil {
			update(m.Conversations, said.Target.Child(left.ID), func(v *bridge.ConversationInitState) { v.Role = "primary" })
		}
	}
	return nil
}

func (m *Mirror) conversation(said bridge.Message) error {
	switch said.Name {
	case bridge.ConversationEnded:
		m.gone(said.Target)
		return nil
	case bridge.ConversationMembersChanged:
		var body bridge.Members
		if err := bridge.DecodeBody(said, &body); err != nil {
			return err
		}
		update(m.Conversations, said.Target, func(v *bridge.ConversationInitState) { v.Members = body.Members })
	case bridge.ConversationActionsChanged:
		var body bridge.Actions
		if err := bridge.DecodeBody(said, &body); err != nil {
			return err
		}
		update(m.Conversations, said.Target, func(v *bridge.ConversationInitState) { v.Actions = body.Actions })
	case bridge.ConversationDialing, bridge.ConversationAlerting, bridge.ConversationConnected, bridge.ConversationHeld, bridge.ConversationRetrieved:
		var change bridge.ConversationChange
		if err := bridge.DecodeBody(said, &change); err != nil {
			return err
		}
		update(m.Conversations, said.Target, func(v *bridge.ConversationInitState) {
			v.State, v.HeldBy, v.Actions = change.State, change.HeldBy, change.Actions
		})
	}
	return nil
}

// update changes what is known of a destination; what is not known stays so.
func update[S any](known map[bridge.Target]S, t bridge.Target, f func(*S)) {
	if s, ok := known[t]; ok {
		f(&s)
		known[t] = s
	}
}

// gone takes a destination out, with everything below it, and out of the list of the one above.
func (m *Mirror) gone(t bridge.Target) {
	forget(m.Sessions, t)
	forget(m.Groups, t)
	forget(m.Channels, t)
	forget(m.Interactions, t)
	forget(m.Conversations, t)
	switch t.Object() {
	case bridge.ObjectGroup:
		update(m.Sessions, t.Parent(), func(s *bridge.SessionState) {
			s.ChannelGroups = slices.DeleteFunc(s.ChannelGroups, func(g bridge.GroupRef) bool { return g.ChannelGroup == t.ID() })
		})
	case bridge.ObjectChannel:
		update(m.Groups, t.Parent(), func(g *bridge.GroupState) {
			g.Channels = slices.DeleteFunc(g.Channels, func(c bridge.ChannelRef) bool { return c.Channel == t.ID() })
		})
	case bridge.ObjectInteraction:
		update(m.Channels, t.Parent(), func(c *bridge.ChannelState) {
			list := slices.DeleteFunc(listed(*c), func(i bridge.InteractionRef) bool { return i.Interaction == t.ID() })
			c.Interactions = &list
		})
	case bridge.ObjectControl, bridge.ObjectSession, bridge.ObjectConversation:
	}
}

func forget[S any](known map[bridge.Target]S, t bridge.Target) {
	for k := range known {
		if k == t || k.At(t.Object()) == t {
			delete(known, k)
		}
	}
}
