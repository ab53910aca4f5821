package mirror

import (
	"fmt"
	"slices"

	"tieline/bridge"
)

// answer takes a response.
func (m *Mirror) answer(said bridge.Message) error {
	asked := m.asked[said.RequestID]
	delete(m.asked, said.RequestID)
	if said.Result != bridge.Success {
		m.refused(said)
		return nil
	}
	switch said.Name {
	case bridge.ControlStatusRequest:
		m.repeats = m.Status != nil
	case bridge.SessionInit:
		return learn(m.Sessions, said, func(_, _ *bridge.SessionState) {})
	case bridge.GroupInit:
		return learn(m.Groups, said, func(_, _ *bridge.GroupState) {})
	case bridge.ChannelInit:
		return learn(m.Channels, said, func(before, now *bridge.ChannelState) { m.silent(said.Target, before, *now) })
	case bridge.InteractionInit:
		return learn(m.Interactions, said, func(before, now *bridge.InteractionInitState) {
			before.Actions = now.Actions
			m.list(said.Target, now.State)
		})
	case bridge.ConversationInit:
		return learn(m.Conversations, said, func(before, now *bridge.ConversationInitState) { before.Actions = now.Actions })
	case bridge.SessionDispose, bridge.GroupDispose, bridge.ChannelDispose:
		m.gone(said.Target)
	case bridge.SessionAddChannelGroup, bridge.SessionRemoveChannelGroup:
		return m.groups(said, asked)
	case bridge.GroupAddChannel, bridge.GroupRemoveChannel:
		return m.channels(said, asked)
	}
	return nil
}

// refused: who asks for the state of what is not there learns just that.
func (m *Mirror) refused(said bridge.Message) {
	switch said.Name {
	case bridge.SessionInit, bridge.GroupInit, bridge.ChannelInit, bridge.InteractionInit, bridge.ConversationInit:
		if said.Err().Code == bridge.UnknownTarget {
			m.gone(said.Target)
		}
	}
}

// learn takes the answer to an init query, which must be what is known already. fit first brings
// the two together where they may differ.
func learn[S any](known map[bridge.Target]S, said bridge.Message, fit func(before, now *S)) error {
	var now S
	if err := bridge.DecodeBody(said, &now); err != nil {
		return err
	}
	before, ok := known[said.Target]
	fit(&before, &now)
	known[said.Target] = now
	if ok && !same(before, now) {
		return fmt.Errorf("%s contradicts what was said before, %+v", said.Line(), plain(before))
	}
	return nil
}

// silent: an interaction whose own init was not asked for raises no events, so that its state in
// the list of its channel is as old as the list.
func (m *Mirror) silent(channel bridge.Target, before *bridge.ChannelState, now bridge.ChannelState) {
	for n, old := range listed(*before) {
		for _, ref := range listed(now) {
			if _, speaks := m.Interactions[channel.Child(old.Interaction)]; !speaks && ref.Interaction == old.Interaction {
				(*before.Interactions)[n].State = ref.State
			}
		}
	}
}

// groups follows the list of a session, which changes in step with the answers.
func (m *Mirror) groups(said, asked bridge.Message) error {
	var ref bridge.GroupRef
	if asked.Name == "" { // somebody else asked, for something
		delete(m.Sessions, said.Target)
		return nil
	}
	if err := bridge.DecodeBody(asked, &ref); err != nil {
		return err
	}
	if said.Name == bridge.SessionRemoveChannelGroup {
		m.gone(said.Target.Child(ref.ChannelGroup))
		return nil
	}
	update(m.Sessions, said.Target, func(s *bridge.SessionState) {
		if !slices.Contains(s.ChannelGroups, ref) {
			s.ChannelGroups = append(s.ChannelGroups, ref)
		}
	})
	return nil
}

// channels follows the list of a group.
func (m *Mirror) channels(said, asked bridge.Message) error {
	var ref bridge.ChannelRef
	if asked.Name == "" {
		delete(m.Groups, said.Target)
		return nil
	}
	if err := bridge.DecodeBody(asked, &ref); err != nil {
		return err
	}
	if said.Name == bridge.GroupRemoveChannel {
		m.gone(said.Target.Child(ref.Channel))
		return nil
	}
	update(m.Groups, said.Target, func(g *bridge.GroupState) {
		if !slices.Contains(g.Channels, ref) {
			g.Channels = append(g.Channels, ref)
		}
	})
	return nil
}
