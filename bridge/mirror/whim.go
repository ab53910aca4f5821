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
	switch n := w.IntN(16); {
	case n < 4:
		asked, subject = w.setup()
	case n < 5: // which the mirror may not know
		asked, subject = w.init(bridge.Target(pick(w, w.Sessions)))
	case n < 7:
		asked, subject = w.init(w.target())
	case n < 9:
		asked, subject = w.init(w.unopened())
	case n < 12:
		asked, subject = w.dial()
	default:
		asked, subject = w.anything(w.target())
	}
	return w.number(asked), subject
}

// Everything asks for the state of all that the mirror knows.
func (w *Whim) Everything() []bridge.Message {
	var all []bridge.Message
	for _, t := range w.Targets() {
		asked, _ := w.init(t)
		all = append(all, w.number(asked))
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
	return pick(w, all)
}

func message(name bridge.Name, target bridge.Target, body string) bridge.Message {
	return bridge.Message{Name: name, Target: target, Body: json.RawMessage(body)}
}

func (w *Whim) init(t bridge.Target) (bridge.Message, bridge.Target) {
	return message([...]bridge.Name{
		bridge.ControlStatusRequest, bridge.SessionInit, bridge.GroupInit, bridge.ChannelInit, bridge.InteractionInit, bridge.ConversationInit,
	}[t.Object()], t, ""), t
}

// setup sets up a session, group or channel, there already or not.
func (w *Whim) setup() (bridge.Message, bridge.Target) {
	session, group, channel := bridge.Target(pick(w, w.Sessions)), pick(w, w.Groups), fmt.Sprint(1001+w.IntN(3))
	if t := w.target(); t.Object() >= bridge.ObjectSession && w.IntN(2) == 0 {
		session = t.At(bridge.ObjectSession)
	}
	g := session.Child(group)
	switch n := w.IntN(6); {
	case n == 0:
		return message(bridge.ControlAddSession, bridge.Control, fmt.Sprintf(`{"session":%q,"agent":{"id":%q,"name":""}}`, session, session)), session
	case n < 3:
		return message(bridge.SessionAddChannelGroup, session, fmt.Sprintf(`{"channel-group":%q}`, group)), g
	default:
		kind := bridge.Telephony
		if channel == "1003" {
			kind = bridge.Chat
		}
		return message(bridge.GroupAddChannel, g, fmt.Sprintf(`{"channel":%q,"end-point":%q,"type":%q}`, channel, channel, kind)), g.Child(channel)
	}
}

// dial dials somebody of its own for each request.
func (w *Whim) dial() (bridge.Message, bridge.Target) {
	channel := w.one(func(t bridge.Target) bool { return w.Channels[t].Type == bridge.Telephony }).At(bridge.ObjectChannel)
	if channel == "" {
		return w.setup()
	}
	return message(bridge.ChannelDial, channel, fmt.Sprintf(`{"destination":"%d","data":{"n":"%d"}}`, 1000+w.asked, w.asked)), channel
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
		return `{"destination":"700"}`
	case bridge.ConversationSendDTMF:
		return `{"digits":"5"}`
	case bridge.ControlValidateCredentials:
		return `{"end-point":"1001","password":"secret"}`
	}
	return ""
}
