package interaction

import (
	"fmt"
	"slices"

	"tieline/bridge"
)

// Setup of sessions, channel groups and channels (protocol.md §3.1): repeating a setup with
// the same content is SUCCESS, with other content INVALID_STATE.
//
//	                 | absent          | present, same content | present, other content | parent going
//	addsession       | create, SUCCESS | SUCCESS               | INVALID_STATE          | –
//	addchannelgroup  | create, SUCCESS | SUCCESS               | – (id is the content)  | INVALID_STATE
//	addchannel       | create, SUCCESS | SUCCESS               | INVALID_STATE          | INVALID_STATE

func (t *Tree) addSession(p *ask) *bridge.Error {
	var body bridge.AddSession
	target, e := child(p, &body, func() string { return body.Session })
	if e != nil {
		return e
	}
	if target == bridge.Control {
		return bridge.InvalidMessage.Error("The message is invalid: a session cannot be called CONTROL.")
	}
	if s := t.sessions[target]; s != nil {
		return t.repeated(p, s.destination, s.agent == body.Agent)
	}
	if t.draining {
		return shuttingDown()
	}
	if t.status.Status != StatusStarted && t.status.Status != StatusDegraded {
		return bridge.InvalidState.Error("Sessions are accepted once the status is STARTED; it is " + t.status.Status + ".")
	}
	if limit := t.settings.MaxSessions; limit > 0 && len(t.sessions) >= limit {
		return tooMany("sessions", limit)
	}
	t.sessions[target] = &session{destination: destination{target: target}, agent: body.Agent, groups: map[bridge.Target]*group{}}
	t.asks.succeed(p, nil)
	return nil
}

func (t *Tree) addGroup(p *ask) *bridge.Error {
	var body bridge.GroupRef
	target, e := child(p, &body, func() string { return body.ChannelGroup })
	if e != nil {
		return e
	}
	if !slices.Contains(t.settings.Groups, body.ChannelGroup) {
		return bridge.UnknownTarget.Error(fmt.Sprintf("This gateway serves no channel group %q.", body.ChannelGroup))
	}
	s := t.sessions[p.Message.Target]
	if g := s.groups[target]; g != nil {
		return t.repeated(p, g.destination, true)
	}
	s.groups[target] = &group{destination: destination{target: target}, channels: map[bridge.Target]*leaf{}}
	s.order = append(s.order, target)
	t.asks.succeed(p, nil)
	return nil
}

func (t *Tree) addChannel(p *ask) *bridge.Error {
	var body bridge.ChannelRef
	target, e := child(p, &body, func() string { return body.Channel })
	if e != nil {
		return e
	}
	if e := checkChannel(body); e != nil {
		return e
	}
	g := t.group(p.Message.Target)
	if l := g.channels[target]; l != nil {
		life := destination{target: target}
		if l.stopped {
			life.phase = tornDown
		}
		return t.repeated(p, life, l.ref == body)
	}
	if limit := t.settings.MaxChannels; limit > 0 && len(g.channels) >= limit {
		return tooMany("channels in this channel group", limit)
	}
	g.channels[target] = &leaf{ref: body}
	g.order = append(g.order, target)
	t.asks.succeed(p, nil)
	t.asks.emit(StartChannel{target, body}) // it speaks only after its setup was answered
	t.enter(target, body)
	return nil
}

func checkChannel(ref bridge.ChannelRef) *bridge.Error {
	switch ref.Type {
	case bridge.Telephony, bridge.Chat, bridge.Email:
	default:
		return bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: %q is not a channel type.", clip(string(ref.Type))))
	}
	if err := bridge.CheckID(ref.EndPoint); err != nil {
		return bridge.InvalidMessage.Error("The message is invalid: end-point: " + err.Error() + ".")
	}
	return nil
}

// child reads a setup request's body and returns the target of the child that it names.
func child(p *ask, body any, id func() string) (bridge.Target, *bridge.Error) {
	if err := bridge.DecodeBody(p.Message, body); err != nil {
		return "", invalidBody(err)
	}
	if err := bridge.CheckID(id()); err != nil {
		return "", bridge.InvalidMessage.Error("The message is invalid: " + err.Error() + ".")
	}
	target := p.Message.Target.Child(id())
	if target != p.Subject {
		return "", bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: it was not sent on the subject of %q.", target))
	}
	return target, nil
}

func (t *Tree) repeated(p *ask, d destination, same bool) *bridge.Error {
	switch {
	case d.phase == tornDown:
		return bridge.InvalidState.Error(fmt.Sprintf("The %s is being torn down.", d.target.Object()))
	case !same:
		return bridge.InvalidState.Error(fmt.Sprintf("The %s exists already with other content.", d.target.Object()))
	}
	t.asks.succeed(p, nil)
	return nil
}

func shuttingDown() *bridge.Error {
	return &bridge.Error{Code: bridge.ShuttingDown, Retryable: true, Message: "The telephone gateway is shutting down and takes no new work."}
}
