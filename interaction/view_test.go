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

// channelView is what a bridge knows of a channel.
type channelView struct {
	interactions []string
	login        bridge.LoginState
	ready        bool
}

func (v view) event(r *rig, m bridge.Message) {
	r.t.Helper()
	if c, ok := v[m.Target].(channelView); ok {
		before := c
		v[m.Target] = c.after(r, m)
		if m.Name != bridge.ChannelDisposed && reflect.DeepEqual(before, v[m.Target]) {
			r.failf("an event tells of a change: %s", m.Line())
		}
	}
	switch m.Name {
	case bridge.InteractionDataChanged:
		s, _ := v[m.Target].(bridge.InteractionInitState)
		s.Data = decode[bridge.InteractionData](r, m).Data
		v[m.Target] = s
	case bridge.InteractionAlerting, bridge.InteractionStarted, bridge.InteractionEnded, bridge.InteractionCompleted:
		s, _ := v[m.Target].(bridge.InteractionInitState)
		body := decode[bridge.InteractionChange](r, m)
		if s.State == body.State && s.State != bridge.Alerting { // which says that it can be accepted now
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

func (c channelView) after(r *rig, m bridge.Message) channelView {
	r.t.Helper()
	switch m.Name {
	case bridge.ChannelInteractionAdded:
		c.interactions = append(slices.Clone(c.interactions), decode[bridge.InteractionAdded](r, m).Interaction)
	case bridge.ChannelInteractionRemoved:
		gone := decode[bridge.InteractionRemoved](r, m).Interaction
		c.interactions = slices.DeleteFunc(slices.Clone(c.interactions), func(s string) bool { return s == gone })
	case bridge.ChannelActivated:
		c.login = bridge.LoginActive
	case bridge.ChannelDeactivated, bridge.ChannelAvailable:
		c.login = bridge.LoginInactive
	case bridge.ChannelUnavailable:
		c.login = bridge.LoginUnavailable
	case bridge.ChannelReady, bridge.ChannelNotReady:
		c.ready = m.Name == bridge.ChannelReady
	}
	return c
}

func (v view) answer(r *rig, m bridge.Message) {
	r.t.Helper()
	if m.Result != bridge.Success {
		return
	}
	var now any
	switch m.Name {
	case bridge.ChannelInit:
		state := decode[bridge.ChannelState](r, m)
		list := []string{}
		for _, i := range *state.Interactions {
			list = append(list, i.Interaction)
			if s, ok := v[theChannel.Child(i.Interaction)].(bridge.InteractionInitState); ok && s.State != i.State {
				r.failf("the list shows what the events told of %s: %s, not %s", i.Interaction, s.State, i.State)
			}
		}
		now = channelView{list, state.State, state.Ready}
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
