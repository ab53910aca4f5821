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

// judge checks the order rules of docs/protocol.md §2, §3 and §7.4.
func (w *witness) judge() []rule {
	w.mu.Lock()
	defer w.mu.Unlock()
	return []rule{w.oneResponse(), w.addedBeforeSuccess(), w.nothingAddedOnFailure(), w.withoutGaps()}
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
	r := rule{sentence: "channel.interactionadded is strictly before SUCCESS"}
	for at, m := range w.said {
		if m.Name == bridge.ChannelDial && m.Result == bridge.Success {
			added := w.added(m.RequestID)
			r.wants(added >= 0 && added < at, "the dial answered with #%d has no interaction before it", m.Seq)
		}
	}
	return r
}

func (w *witness) nothingAddedOnFailure() rule {
	r := rule{sentence: "FAILURE means that no interaction was added"}
	for _, m := range w.said {
		if m.Name == bridge.ChannelDial && m.Result == bridge.Failure {
			r.wants(w.added(m.RequestID) < 0, "the dial that failed with #%d has added one", m.Seq)
		}
	}
	return r
}

// added finds the event that added the interaction of a dial; -1: none.
func (w *witness) added(requestID string) int {
	return slices.IndexFunc(w.said, func(m bridge.Message) bool {
		var body bridge.InteractionAdded
		return m.Name == bridge.ChannelInteractionAdded && bridge.DecodeBody(m, &body) == nil && body.RequestID == requestID
	})
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
