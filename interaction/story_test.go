package interaction

import (
	"fmt"

	"tieline/bridge"
)

// hear holds what is said against what a bridge knows: the answer to each first init, kept up to date by
// the events that followed. A later init must say the same (§3.2), and an event tells of a change.
func (r *rig) hear(m bridge.Message) {
	r.t.Helper()
	changes := m.Type == bridge.TypeEvent && r.mirror.Knows(m.Target)
	if m.Name == bridge.ConversationHold || m.Name == bridge.ConversationRetrieve {
		r.heldAsSaid(m)
	}
	switch m.Name {
	case bridge.InteractionAlerting, bridge.ChannelInteractionRemoved, bridge.ConversationDTMF: // it can be accepted now; it may have been disposed of before; keys
		changes = false
	}
	before := r.mirror.String()
	if err := r.mirror.Hear(m); err != nil {
		r.failf("%v", err)
	}
	if changes && before == r.mirror.String() {
		r.failf("an event tells of a change: %s", m.Line())
	}
}

func describe(in Input) string {
	if req, ok := in.(Request); ok {
		return fmt.Sprintf("Request %s id=%s subject=%s fault=%v", req.Message.Line(), req.Message.RequestID, req.Subject, req.Fault)
	}
	if c, ok := in.(Claimed); ok {
		return fmt.Sprintf("Claimed %s ours=%v failed=%v", c.RequestID, c.Existing == nil, c.Failed)
	}
	return fmt.Sprintf("%T%+v", in, in)
}

func describeEffect(e Effect) string {
	switch e := e.(type) {
	case Claim:
		return "Claim " + e.Record.Request.RequestID
	case Publish:
		return fmt.Sprintf("Publish ref=%d %s", e.Ref, e.Message.Line())
	case Respond:
		return fmt.Sprintf("Respond %s %s", e.Message.RequestID, e.Message.Line())
	case Reply:
		return fmt.Sprintf("Reply %s %s", e.Message.RequestID, e.Message.Line())
	case PlaceCall:
		return "PlaceCall " + e.Call.ID + " " + e.Call.Destination.User
	}
	return fmt.Sprintf("%T%+v", e, e)
}
