package mirror

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"tieline/bridge"
)

// Whim is a bridge without a plan: it asks for anything that the protocol has, of any destination
// that its mirror knows, and now and then of others. It is the same for the same source of chance
// and the same answers.
type Whim struct {
	*rand.Rand
	*Mirror
	Sessions []string
	Groups   []string
	asked    int
}

// Next is what the bridge asks next, and the destination that it is sent to. The mirror has noted
// it.
func (w *Whim) Next() (asked bridge.Message, subject bridge.Target) {
	switch n := w.IntN(19); {
	case n < 3:
		asked, subject = w.setup()
	case n < 6:
		asked, subject = w.init(w.target())
	case n < 9:
		asked, subject = w.init(w.unopened())
	case n < 11:
		asked, subject = w.dial()
	case n < 13:
		asked, subject = w.duty()
	case n < 16:
		return w.Act()
	default:
		asked, subject = w.anything(w.target())
	}
	return w.number(asked), subject
}

// Init asks for the state of a destination.
func (w *Whim) Init(t bridge.Target) bridge.Message {
	asked, _ := w.init(t)
	return w.number(asked)
}

// Setup sets a destination up.
func (w *Whim) Setup(t bridge.Target) (asked bridge.Message, subject bridge.Target) {
	asked, subject = w.add(t)
	return w.number(asked), subject
}

// Request asks for what somebody with a plan wants.
func (w *Whim) Request(name bridge.Name, t bridge.Target, body string) bridge.Message {
	return w.number(message(name, t, body))
}

// Everything asks for the state of all that the mirror knows.
func (w *Whim) Everything() []bridge.Message {
	var all []bridge.Message
	for _, t := range w.Targets() {
		all = append(all, w.Init(t))
	}
	return all
}

func (w *Whim) number(asked bridge.Message) bridge.Message {
	w.asked++
	asked.Type, _, _ = asked.Name.Asked()
	asked.RequestID = fmt.Sprintf("%s-%d", asked.Type[len("cti."):], w.asked)
	w.Ask(asked)
	return asked
}

func pick[T any](w *Whim, from []T) T { return from[w.IntN(len(from))] }

// target is a destination of a kind chosen first, mostly far down, where most of life is.
func (w *Whim) target() bridge.Target {
	const deepest = int(bridge.ObjectConversation)
	kind := max(w.IntN(deepest+1), w.IntN(deepest+1))
	return w.one(func(t bridge.Target) bool { return int(t.Object()) == kind })
}

// unopened is a destination whose init query has not been answered.
func (w *Whim) unopened() bridge.Target {
	return w.one(func(t bridge.Target) bool { return !w.Knows(t) })
}

// one is a destination of those wanted, or any if there is none of them.
func (w *Whim) one(wanted func(bridge.Target) bool) bridge.Target {
	all := w.Targets()
	if those := slices.DeleteFunc(slices.Clone(all), func(t bridge.Target) bool { return !wanted(t) }); len(those) > 0 {
		return pick(w, those)
	}
	return pick(w, all[min(1, len(all)-1):]) // the first is processor control
}

func message(name bridge.Name, target bridge.Target, body string) bridge.Message {
	return bridge.Message{Name: name, Target: target, Body: json.RawMessage(body)}
}

func (w *Whim) init(t bridge.Target) (bridge.Message, bridge.Target) {
	return message([...]bridge.Name{
		bridge.ControlStatusRequest, bridge.SessionInit, bridge.GroupInit, bridge.ChannelInit, bridge.InteractionInit, bridge.ConversationInit,
	}[t.Object()], t, ""), t
}

// setup sets up a session, group or channel, mostly the next one that is missing on the way to a
// channel, now and then one that is there already or cannot be yet.
func (w *Whim) setup() (bridge.Message, bridge.Target) {
	session := bridge.Target(pick(w, w.Sessions))
	group := session.Child(pick(w, w.Groups))
	channel := group.Child(fmt.Sprint(1001 + w.IntN(3)))
	way := []bridge.Target{session, group, channel}
	if w.IntN(4) == 0 {
		return w.add(pick(w, way))
	}
	there := w.Targets()
	for _, t := range way {
		switch {
		case w.Knows(t):
		case slices.Contains(there, t) || w.IntN(2) == 0:
			return w.init(t)
		default:
			return w.add(t)
		}
	}
	return w.duty()
}

// add is the setup request of a destination.
func (w *Whim) add(t bridge.Target) (bridge.Message, bridge.Target) {
	name, body := bridge.GroupAddChannel, fmt.Sprintf(`{"channel":%q,"end-point":%q,"type":%q}`, t.ID(), t.ID(), channelType(t))
	switch t.Object() {
	case bridge.ObjectSession:
		name, body = bridge.ControlAddSession, fmt.Sprintf(`{"session":%q,"agent":{"id":%q,"name":""}}`, t, t)
	case bridge.ObjectGroup:
		name, body = bridge.SessionAddChannelGroup, fmt.Sprintf(`{"channel-group":%q}`, t.ID())
	case bridge.ObjectControl, bridge.ObjectChannel, bridge.ObjectInteraction, bridge.ObjectConversation:
	}
	return message(name, t.Parent(), body), t
}

// channelType makes one of the channels an unsupported one.
func channelType(channel bridge.Target) bridge.ChannelType {
	if channel.ID() == "1003" {
		return bridge.Chat
	}
	return bridge.Telephony
}

// dial dials somebody of its own for each request.
func (w *Whim) dial() (bridge.Message, bridge.Target) {
	channel := w.one(func(t bridge.Target) bool { return w.Channels[t].Type == bridge.Telephony }).At(bridge.ObjectChannel)
	if channel == "" {
		return w.setup()
	}
	return message(bridge.ChannelDial, channel, fmt.Sprintf(`{"destination":"%d","data":{"n":"%d"}}`, 1000+w.asked, w.asked)), channel
}

// duty lets calls come in, or takes one.
func (w *Whim) duty() (bridge.Message, bridge.Target) {
	t := w.one(func(t bridge.Target) bool {
		c, open := w.Channels[t]
		return w.Interactions[t].State == bridge.Alerting || open && c.Type == bridge.Telephony && (c.State == bridge.LoginInactive || !c.Ready)
	})
	switch c := w.Channels[t]; {
	case t.Object() == bridge.ObjectInteraction:
		return message(pick(w, []bridge.Name{bridge.InteractionAccept, bridge.InteractionAccept, bridge.InteractionReject}), t, ""), t
	case c.Type != bridge.Telephony: // there is nothing to do
		return w.init(t)
	case c.State == bridge.LoginInactive:
		return message(bridge.ChannelActivate, t, ""), t
	}
	return message(bridge.ChannelReadyRequest, t, ""), t
}

// Act is what an agent in a call asks next: something that an interaction that is STARTED, or one of its conversations, was
// said to take, or the state of one that was not asked for. Without such an interaction it dials, or is on duty.
func (w *Whim) Act() (asked bridge.Message, subject bridge.Target) {
	started := w.one(func(t bridge.Target) bool { return w.Interactions[t].State == bridge.Started })
	legs := w.Interactions[started].Conversations
	t := started
	for _, leg := range []*bridge.ConversationRef{legs.Primary, legs.Consult} {
		if leg != nil && w.IntN(5) == 0 {
			t = started.Child(leg.ID)
		}
	}
	actions := slices.Concat(w.Interactions[t].Actions, w.Conversations[t].Actions)
	switch {
	case w.Interactions[started].State != bridge.Started && w.IntN(2) == 0:
		asked, subject = w.dial()
	case w.Interactions[started].State != bridge.Started:
		asked, subject = w.duty()
	case len(actions) == 0:
		asked, subject = w.init(t)
	default:
		name := bridge.Name(t.Object().String() + ".request." + pick(w, actions))
		asked, subject = message(name, t, w.body(name, t)), t
	}
	return w.number(asked), subject
}

// anything is any other message for the destination; what tears down is rare.
func (w *Whim) anything(t bridge.Target) (bridge.Message, bridge.Target) {
	var names []bridge.Name
	for _, n := range bridge.AllAsked() {
		if _, object, _ := n.Asked(); object == t.Object() {
			names = append(names, n)
		}
	}
	name := pick(w, names)
	switch name {
	case bridge.ControlAddSession, bridge.SessionAddChannelGroup, bridge.GroupAddChannel:
		return w.setup()
	case bridge.ChannelDial:
		return w.dial()
	case bridge.ChannelPrepareInteraction, bridge.InteractionPrepareConversation:
		return w.init(t)
	case bridge.SessionDispose, bridge.SessionRemoveChannelGroup, bridge.SessionLogout, bridge.GroupDispose, bridge.GroupRemoveChannel, bridge.ChannelDispose:
		if w.IntN(8) > 0 {
			return w.init(t)
		}
	}
	return message(name, t, w.body(name, t)), t
}

func (w *Whim) body(name bridge.Name, t bridge.Target) string {
	switch name {
	case bridge.ControlServerStatus:
		return `{"status":"STARTED"}`
	case bridge.SessionRemoveChannelGroup:
		return fmt.Sprintf(`{"channel-group":%q}`, pick(w, w.Groups))
	case bridge.GroupRemoveChannel:
		return fmt.Sprintf(`{"channel":"%d"}`, 1001+w.IntN(3))
	case bridge.ChannelNotReadyRequest:
		return `{"reason":"lunch"}`
	case bridge.InteractionSetData:
		return fmt.Sprintf(`{"interaction-data":{"n":"%d","of":{"%d":"%s"}}}`, w.IntN(3), w.IntN(3), t.ID())
	case bridge.InteractionReject:
		return `{"reason":"busy"}`
	case bridge.InteractionConsult, bridge.ConversationTransfer, bridge.ConversationConference:
		return fmt.Sprintf(`{"destination":"%d"}`, 700000+w.asked) // nobody is called for two requests
	case bridge.ConversationSendDTMF:
		return `{"digits":"5"}`
	case bridge.ControlValidateCredentials:
		return `{"end-point":"1001","password":"secret"}`
	}
	return ""
}
