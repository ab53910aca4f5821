package ladder

import (
	"fmt"
	"strings"
	"sync"

	"tieline/bridge"
)

// Names gives the gateway's long ids short names for people: i1, i2 … for interactions, v1,
// v2 … for their conversations, d1, d2 … for the dials that asked for them; c1, c2 … for those who are consulted, r1, r2 …
// for the requests for that. The zero value is ready.
//
// Concurrency: safe for use from anywhere. The messages of one channel must come in their
// order.
type Names struct {
	mu       sync.Mutex
	count    int // of interactions
	consults int
	short    map[string]name // by id
}

// name is a short name, and the interaction that it belongs to.
type name struct{ text, interaction string }

// Shorten returns text, which is m in some form, with short names for the ids that are known
// by now. The removal of an interaction makes its names free.
func (n *Names) Shorten(m bridge.Message, text string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch m.Name {
	case bridge.ChannelInteractionAdded:
		n.learn(m)
	case bridge.InteractionConversationAdded:
		n.learnConsult(m)
	}
	for id, name := range n.short {
		text = strings.ReplaceAll(text, id, name.text)
	}
	if m.Name == bridge.ChannelInteractionRemoved {
		n.forget(m)
	}
	return text
}

func (n *Names) learn(m bridge.Message) {
	var added bridge.InteractionAdded
	if bridge.DecodeBody(m, &added) != nil || added.Interaction == "" {
		return
	}
	n.count++
	n.call(added.Interaction, "i", n.count, added.Interaction)
	if p := added.Conversations.Primary; p != nil {
		n.call(p.ID, "v", n.count, added.Interaction)
	}
	n.call(added.RequestID, "d", n.count, added.Interaction)
}

func (n *Names) learnConsult(m bridge.Message) {
	var added bridge.ConversationAdded
	if bridge.DecodeBody(m, &added) != nil {
		return
	}
	n.consults++
	n.call(added.Conversation, "c", n.consults, m.Target.ID())
	n.call(added.RequestID, "r", n.consults, m.Target.ID())
}

// call gives an id its name.
func (n *Names) call(id, letter string, number int, interaction string) {
	if id == "" {
		return
	}
	if n.short == nil {
		n.short = map[string]name{}
	}
	n.short[id] = name{fmt.Sprint(letter, number), interaction}
}

func (n *Names) forget(m bridge.Message) {
	var removed bridge.InteractionRemoved
	if bridge.DecodeBody(m, &removed) != nil {
		return
	}
	for id, name := range n.short {
		if name.interaction == removed.Interaction {
			delete(n.short, id)
		}
	}
}
