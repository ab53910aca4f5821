package interaction

import (
	"fmt"
	"reflect"
	"slices"

	"tieline/bridge"
)

// view is what a bridge knows: per destination the answer to its first init, kept up to date by
// the events that followed. A later init must say the same (§3.2).
type view map[bridge.Target]any

func (v view) event(r *rig, m bridge.Message) {
	r.t.Helper()
	switch m.Name {
	case bridge.ChannelInteractionAdded:
		if list, ok := v[m.Target].([]string); ok {
			body := decode[bridge.InteractionAdded](r, m)
			v[m.Target] = append(slices.Clone(list), body.Interaction)
		}
	case bridge.ChannelInteractionRemoved:
		if list, ok := v[m.Target].([]string); ok {
			body := decode[bridge.InteractionRemoved](r, m)
			v[m.Target] = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == body.Interaction })
		}
	case bridge.InteractionStarted, bridge.InteractionEnded, bridge.InteractionCompleted:
		s, _ := v[m.Target].(bridge.InteractionInitState)
		body := decode[bridge.InteractionChange](r, m)
		if s.State == body.State {
			r.failf("an event tells of a change: %s", m.Line())
		}
		s.State, s.Actions, s.End = body.State, body.Actions, body.End
		if s.State == bridge.Ended || s.State == bridge.Completed {
			s.Conversations = bridge.Conversations{}
		}
		v[m.Target] = s
	case bridge.ConversationAlerting, bridge.ConversationConnected, bridge.ConversationEnded:
		s, _ := v[m.Target].(bridge.ConversationInitState)
		body := decode[bridge.ConversationChange](r, m)
		if s.State == body.State {
			r.failf("an event tells of a change: %s", m.Line())
		}
		s.State, s.Actions = body.State, body.Actions
		v[m.Target] = s
	}
}

func (v view) answer(r *rig, m bridge.Message) {
	r.t.Helper()
	if m.Result != bridge.Success {
		return
	}
	var now any
	switch m.Name {
	case bridge.ChannelInit:
		list := []string{}
		for _, i := range *decode[bridge.ChannelState](r, m).Interactions {
			list = append(list, i.Interaction)
			if s, ok := v[theChannel.Child(i.Interaction)].(bridge.InteractionInitState); ok && s.State != i.State {
				r.failf("the list shows what the events told of %s: %s, not %s", i.Interaction, s.State, i.State)
			}
		}
		now = list
	case bridge.InteractionInit:
		now = decode[bridge.InteractionInitState](r, m)
	case bridge.ConversationInit:
		now = decode[bridge.ConversationInitState](r, m)
	default:
		return
	}
	if before, ok := v[m.Target]; ok && !reflect.DeepEqual(before, now) {
		r.failf("init says what init and the events since said of %s:\n got %+v\nwant %+v", m.Target, now, before)
	}
	v[m.Target] = now
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
