package ladder

import (
	"fmt"
	"strings"
	"sync"

	"tieline/bridge"
)

// Names gives the gateway's long ids short names for people: i1, i2 … for interactions, v1,
// v2 … for their conversations, d1, d2 … for the dials that asked for them. The zero value
// is ready.
//
// Concurrency: safe for use from anywhere. The messages of one channel must come in their
// order.
type Names struct {
	mu    sync.Mutex
	count int
	short map[string]string
}

// Shorten returns text, which is m in some form, with short names for the ids that are known
// by now. The removal of an interaction makes its names free.
func (n *Names) Shorten(m bridge.Message, text string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if m.Name == bridge.ChannelInteractionAdded {
		n.learn(m)
	}
	for id, name := range n.short {
		text = strings.ReplaceAll(text, id, name)
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
	if n.short == nil {
		n.short = map[string]string{}
	}
	n.count++
	suffix := fmt.Sprint(n.count)
	n.short[added.Interaction] = "i" + suffix
	if p := added.Conversations.Primary; p != nil && p.ID != "" {
		n.short[p.ID] = "v" + suffix
	}
	if added.RequestID != "" {
		n.short[added.RequestID] = "d" + suffix
	}
}

func (n *Names) forget(m bridge.Message) {
	var removed bridge.InteractionRemoved
	if bridge.DecodeBody(m, &removed) != nil {
		return
	}
	suffix, ok := strings.CutPrefix(n.short[removed.Interaction], "i")
	for id, name := range n.short {
		if ok && name[1:] == suffix {
			delete(n.short, id)
		}
	}
}
