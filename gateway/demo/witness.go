package demo

import (
	"fmt"
	"slices"
	"sync"

	"tieline/bridge"
	"tieline/interaction/tracker"
)

// witness remembers what the bridge asked and what it heard, in the order of the stream, to
// judge it in the end. The zero value is ready.
//
// Concurrency: safe for use from anywhere.
type witness struct {
	mu    sync.Mutex
	asked []bridge.Message
	said  []bridge.Message
}

// crossed sees what reaches the gateway.
func (w *witness) crossed(c tracker.Crossing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, c.Message)
}

// heard sees what reaches the bridge.
func (w *witness) heard(m bridge.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, m)
}

// rule is a sentence that must hold, and what broke it.
type rule struct {
	sentence string
	broken   []string
}

func (r *rule) wants(ok bool, format string, args ...any) {
	if !ok {
		r.broken = append(r.broken, fmt.Sprintf(format, args...))
	}
}

// judge checks the order rules of docs/protocol.md §2, §3, §7.4 and §8.1.
func (w *witness) judge() []rule {
	w.mu.Lock()
	defer w.mu.Unlock()
	return []rule{w.oneResponse(), w.addedBeforeSuccess(), w.nothingAddedOnFailure(), w.heldBeforeConsult(), w.transferInOrder(), w.withoutGaps()}
}

func (w *witness) oneResponse() rule {
	r := rule{sentence: fmt.Sprintf("each of the %d requests and queries has exactly one response", len(w.asked))}
	for _, m := range w.asked {
		n := 0
		for _, s := range w.said {
			if s.Type == bridge.TypeResponse && s.RequestID == m.RequestID {
				n++
			}
		}
		r.wants(n == 1, "%s to %s has %d responses", m.Name, m.Target, n)
	}
	return r
}

func (w *witness) addedBeforeSuccess() rule {
	r := rule{sentence: "channel.interactionadded, for a consult interaction.conversationadded, is strictly before SUCCESS"}
	for at, m := range w.said {
		if calls(m) && m.Result == bridge.Success {
			added := w.added(m.RequestID)
			r.wants(added >= 0 && added < at, "%s answered with #%d has added nothing before", m.Name, m.Seq)
		}
	}
	return r
}

func (w *witness) nothingAddedOnFailure() rule {
	r := rule{sentence: "FAILURE means that nothing was added"}
	for _, m := range w.said {
		if calls(m) && m.Result == bridge.Failure {
			r.wants(w.added(m.RequestID) < 0, "%s that failed with #%d has added something", m.Name, m.Seq)
		}
	}
	return r
}

// calls reports that m is about calling somebody.
func calls(m bridge.Message) bool {
	return m.Name == bridge.ChannelDial || m.Name == bridge.InteractionConsult
}

// added finds the event that added what a dial or a consult has made; -1: none.
func (w *witness) added(requestID string) int {
	return slices.IndexFunc(w.said, func(m bridge.Message) bool {
		if m.Name != bridge.ChannelInteractionAdded && m.Name != bridge.InteractionConversationAdded {
			return false
		}
		var body struct {
			RequestID string `json:"request-id"`
		}
		return bridge.DecodeBody(m, &body) == nil && body.RequestID == requestID
	})
}

func (w *witness) heldBeforeConsult() rule {
	r := rule{sentence: "conversation.held is before the consult's answer"}
	held := map[bridge.Target]bool{} // whether the agent holds an interaction's party, as told last
	for _, m := range w.said {
		switch {
		case m.Name == bridge.ConversationHeld || m.Name == bridge.ConversationRetrieved:
			var change bridge.ConversationChange
			held[m.Target.Parent()] = bridge.DecodeBody(m, &change) == nil && slices.Contains(change.HeldBy, bridge.AgentSide)
		case m.Name == bridge.InteractionConsult && m.Result == bridge.Success:
			r.wants(held[m.Target], "the consult answered with #%d has held nobody", m.Seq)
		}
	}
	return r
}

func (w *witness) transferInOrder() rule {
	r := rule{sentence: "a transfer: conversation.ended of both, then SUCCESS, then interaction.ended"}
	for at, m := range w.said {
		if m.Name != bridge.InteractionConsultTransfer || m.Result != bridge.Success {
			continue
		}
		ended := 0
		for _, e := range w.said[:at] {
			if e.Name == bridge.ConversationEnded && e.Target.Parent() == m.Target {
				ended++
			}
		}
		over := slices.IndexFunc(w.said, func(e bridge.Message) bool { return e.Name == bridge.InteractionEnded && e.Target == m.Target })
		r.wants(ended == 2 && over > at, "before the transfer was answered with #%d, %d conversations had ended; interaction.ended is message %d, the answer %d",
			m.Seq, ended, over, at)
	}
	return r
}

func (w *witness) withoutGaps() rule {
	r := rule{sentence: "seq counts 1, 2, 3 … per channel, without a gap"}
	last := map[bridge.Target]uint64{}
	for _, m := range w.said {
		if m.Target.Object() < bridge.ObjectChannel {
			continue
		}
		channel := m.Target.At(bridge.ObjectChannel)
		r.wants(m.Seq == last[channel]+1, "#%d follows #%d", m.Seq, last[channel])
		last[channel] = m.Seq
	}
	return r
}

// lastDial tells whether the interaction of the latest dial was added before its answer.
func (w *witness) lastDial() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for at, m := range slices.Backward(w.said) {
		if m.Name != bridge.ChannelDial || m.Type != bridge.TypeResponse {
			continue
		}
		switch event := w.added(m.RequestID); {
		case event < 0:
			return "none added"
		case event < at:
			return "yes"
		}
		return "no"
	}
	return "no"
}
