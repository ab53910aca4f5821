package interaction

import (
	"slices"

	"tieline/bridge"
)

// A channel tears itself down beside the tree, in its own time. What a bridge has sent behind its dispose
// must not overtake that (protocol.md §2: what is sent to the destinations of one session is carried out in
// the order in which it was sent): the channel could be set up again before it was gone, or be listed
// although it had said its last word. So the tree holds
//
//	what is sent to                          | while
//	a channel, or below                      | the channel says its last words
//	a channel group, or to set up a channel  | one of its channels does, or may be about to: a dispose was handed to it
//	a session, or to set it up               | the same of any of its channels
//
// A group is activated channel by channel, too. So that neither a logout nor what is sent to one of its channels
// overtakes that, the tree holds
//
//	what is sent to                          | while
//	a session, or a channel group or below   | the group is activated, unless it tears down or hangs up
//
// and, so that nothing is overtaken, all that comes for the session behind it.

// hold keeps a message back, or returns false.
func (t *Tree) hold(r Request) bool {
	s := t.sessions[r.Subject.At(bridge.ObjectSession)]
	switch {
	case s == nil, t.joins(r):
		return false
	case s.phase != tornDown && len(s.held) > 0, s.inTheWay(r), t.activates(r):
		s.held = append(s.held, r)
		return true
	}
	return false
}

// joins tells whether it is one more dispose of what is being torn down: they are answered together.
func (t *Tree) joins(r Request) bool {
	d := t.find(r.Message.Target)
	return d != nil && d.phase == tornDown && always(r.Message.Name)
}

// inTheWay tells whether a channel's tear down has to come first.
func (s *session) inTheWay(r Request) bool {
	if channel := r.Message.Target.At(bridge.ObjectChannel); channel != "" {
		g := s.groups[channel.Parent()]
		return g != nil && g.channels[channel] != nil && g.channels[channel].going
	}
	if s.phase == tornDown {
		return s.goes(r.Subject)
	}
	for target, g := range s.groups {
		if only := r.Message.Target.At(bridge.ObjectGroup); only == "" || only == target {
			for _, l := range g.channels {
				if l.going || l.disposing > 0 {
					return true
				}
			}
		}
	}
	return false
}

// goes tells whether it is the subject of a channel that is going, as of a request that sets it up again.
func (s *session) goes(subject bridge.Target) bool {
	g := s.groups[subject.At(bridge.ObjectGroup)]
	return g != nil && g.channels[subject] != nil && g.channels[subject].going
}

// forward hands a message to the channel that owns its destination. Behind a dispose it asks whether that
// has torn the channel down: it may be a repeat, or a fault.
func (t *Tree) forward(channel bridge.Target, r Request) {
	t.asks.emit(Tell{channel, r})
	if r.Message.Name == bridge.ChannelDispose {
		t.leaf(channel).disposing++
		t.asks.emit(Tell{channel, Probe{}})
	}
}

func (t *Tree) channelStays(channel bridge.Target) {
	if l := t.leaf(channel); l != nil && l.disposing > 0 {
		l.disposing--
		t.release(channel)
	}
}

// activates tells whether the activation of a group has to come first. A tear down need not wait for it.
func (t *Tree) activates(r Request) bool {
	return !always(r.Message.Name) && slices.ContainsFunc(t.chores, func(c *chore) bool {
		group := c.ask.Message.Target
		_, stepwise := c.what.(Activate)
		return stepwise && (r.Message.Target == group.Parent() || r.Message.Target.At(bridge.ObjectGroup) == group)
	})
}

// release lets what was held come to its turn again, before all that came later.
func (t *Tree) release(below bridge.Target) {
	s := t.sessions[below.At(bridge.ObjectSession)]
	t.asks.line = append(s.held, t.asks.line...)
	s.held = nil
}
