package mirror

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tieline/bridge"
)

// Mirror is what a bridge knows. A destination is in it from the answer to its init query to its
// last word. Its maps are to be read only. Make one with New.
type Mirror struct {
	Status        *bridge.StatusBody // nil: not told yet
	Sessions      map[bridge.Target]bridge.SessionState
	Groups        map[bridge.Target]bridge.GroupState
	Channels      map[bridge.Target]bridge.ChannelState
	Interactions  map[bridge.Target]bridge.InteractionInitState
	Conversations map[bridge.Target]bridge.ConversationInitState

	seq     map[bridge.Target]uint64  // the last of each channel
	asked   map[string]bridge.Message // what changes a list and was not answered yet, by requestId
	repeats bool                      // the next status only repeats what was told
}

// New makes a mirror that knows nothing.
func New() *Mirror {
	return &Mirror{
		Sessions: map[bridge.Target]bridge.SessionState{}, Groups: map[bridge.Target]bridge.GroupState{},
		Channels: map[bridge.Target]bridge.ChannelState{}, Interactions: map[bridge.Target]bridge.InteractionInitState{},
		Conversations: map[bridge.Target]bridge.ConversationInitState{},
		seq:           map[bridge.Target]uint64{}, asked: map[string]bridge.Message{},
	}
}

// Ask notes what this bridge is about to ask.
func (m *Mirror) Ask(asked bridge.Message) {
	switch asked.Name {
	case bridge.SessionAddChannelGroup, bridge.SessionRemoveChannelGroup, bridge.GroupAddChannel, bridge.GroupRemoveChannel:
		m.asked[asked.RequestID] = asked
	}
}

// Hear takes the next message of the stream. The error says what cannot be, after what was heard
// before: a seq with a gap or a repetition, or an answer to an init query that says something else
// than the one before it and the events since. The mirror believes the message nevertheless.
func (m *Mirror) Hear(said bridge.Message) error {
	err := m.count(said)
	var contradiction error
	if said.Type == bridge.TypeResponse {
		contradiction = m.answer(said)
	} else {
		contradiction = m.event(said)
	}
	if err == nil {
		err = contradiction
	}
	return err
}

// HearReply takes the answer to an init query that came on a reply subject, as that of a repeated
// query does. It shows the state up to its seq, so the mirror must have heard the stream up to there,
// and no further.
func (m *Mirror) HearReply(said bridge.Message) error {
	if last := m.seq[said.Target.At(bridge.ObjectChannel)]; last != said.Seq {
		return fmt.Errorf("%s shows the state at seq %d, the mirror is at %d", said.Line(), said.Seq, last)
	}
	return m.answer(said)
}

// Seq is the last seq that was heard of a channel.
func (m *Mirror) Seq(channel bridge.Target) uint64 { return m.seq[channel] }

// Knows tells whether the destination is in the mirror.
func (m *Mirror) Knows(t bridge.Target) bool {
	_, session := m.Sessions[t]
	_, group := m.Groups[t]
	_, channel := m.Channels[t]
	_, interaction := m.Interactions[t]
	_, conversation := m.Conversations[t]
	return session || group || channel || interaction || conversation || t == bridge.Control && m.Status != nil
}

// Targets are the destinations that exist as far as the mirror knows, from the root down: those in it,
// and those that these have named.
func (m *Mirror) Targets() []bridge.Target {
	all := map[bridge.Target]bool{bridge.Control: true}
	for t, s := range m.Sessions {
		all[t] = true
		for _, g := range s.ChannelGroups {
			all[t.Child(g.ChannelGroup)] = true
		}
	}
	for t, s := range m.Groups {
		all[t] = true
		for _, c := range s.Channels {
			all[t.Child(c.Channel)] = true
		}
	}
	for t, s := range m.Channels {
		all[t] = true
		for _, i := range listed(s) {
			all[t.Child(i.Interaction)] = true
		}
	}
	for t, s := range m.Interactions {
		all[t] = true
		for _, leg := range []*bridge.ConversationRef{s.Conversations.Primary, s.Conversations.Consult} {
			if leg != nil {
				all[t.Child(leg.ID)] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b bridge.Target) int {
		if a.Object() != b.Object() {
			return int(a.Object()) - int(b.Object())
		}
		return strings.Compare(string(a), string(b))
	})
}

// Equal tells whether both know the same of every destination.
func (m *Mirror) Equal(o *Mirror) bool {
	return same(m.Status, o.Status) && same(m.Sessions, o.Sessions) && same(m.Groups, o.Groups) && same(m.Channels, o.Channels) &&
		same(m.Interactions, o.Interactions) && same(m.Conversations, o.Conversations)
}

// String shows all that the mirror knows.
func (m *Mirror) String() string {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// count wants every channel to count 1, 2, 3 … wherever the mirror began to hear.
func (m *Mirror) count(said bridge.Message) error {
	channel := said.Target.At(bridge.ObjectChannel)
	if channel == "" || said.Seq == 0 {
		return nil
	}
	last, began := m.seq[channel]
	m.seq[channel] = said.Seq
	if began && said.Seq != last+1 {
		return fmt.Errorf("seq %d follows %d: %s", said.Seq, last, said.Line())
	}
	return nil
}

// same compares what was decoded from JSON, however that was written.
func same(a, b any) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func plain(v any) (out any) {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_ = json.Unmarshal(text, &out) // it was just encoded
	return out
}

func listed(s bridge.ChannelState) []bridge.InteractionRef {
	if s.Interactions == nil {
		return nil
	}
	return *s.Interactions
}
