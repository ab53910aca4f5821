package interaction

import (
	"slices"

	"tieline/bridge"
)

// Tear down of sessions and groups (protocol.md §3.4): children first, then …disposed, then
// the answer to the dispose as the very last message of the target. A dispose that arrives
// while another is under way gets the same answer at the same time.

func (t *Tree) disposeSession(s *session, p *ask, reason string) {
	if s.begin(&s.destination, p, reason) {
		for _, target := range slices.Clone(s.order) {
			t.disposeGroup(s.groups[target], nil, reason)
		}
	}
	t.finishSession(s)
}

func (t *Tree) disposeGroup(g *group, p *ask, reason string) {
	if g.begin(&g.destination, p, reason) {
		for _, target := range g.order {
			t.stopChannel(g, target)
		}
	}
	t.finishGroup(g)
}

func (t *Tree) stopChannel(g *group, target bridge.Target) {
	if l := g.channels[target]; !l.stopped {
		l.stopped = true
		t.asks.emit(Tell{target, Dispose{}})
	}
}

// removeGroup and removeChannel tear a child down on behalf of its parent: what the child has
// to say goes first, then the parent's answer.
func (t *Tree) removeGroup(p *ask) *bridge.Error {
	var body bridge.GroupRef
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	g := t.group(p.Message.Target.Child(body.ChannelGroup))
	if g == nil {
		return bridge.UnknownTarget.Error("The session has no such channel group.")
	}
	t.disposeGroup(g, p, "removed")
	return nil
}

func (t *Tree) removeChannel(p *ask) *bridge.Error {
	var body bridge.ChannelName
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	g, target := t.group(p.Message.Target), p.Message.Target.Child(body.Channel)
	l := g.channels[target]
	if l == nil {
		return bridge.UnknownTarget.Error("The channel group has no such channel.")
	}
	l.removing = append(l.removing, p)
	t.stopChannel(g, target)
	return nil
}

// begin notes who waits for the tear down; true the first time.
func (e *ending) begin(d *destination, p *ask, reason string) bool {
	if p != nil {
		e.waiting = append(e.waiting, p)
	}
	if d.phase == tornDown {
		return false
	}
	e.reason = reason
	e.wasOpen = d.phase == inUse
	d.phase = tornDown
	return true
}

func (t *Tree) channelGone(target bridge.Target) {
	g := t.group(target.Parent())
	if g == nil || g.channels[target] == nil {
		return
	}
	l := g.channels[target]
	t.channelDid(target, nil)
	t.leave(target, l.ref)
	t.release(target)
	for _, p := range l.removing {
		t.asks.succeed(p, nil)
	}
	delete(g.channels, target)
	g.order = slices.DeleteFunc(g.order, func(o bridge.Target) bool { return o == target })
	t.finishGroup(g)
}

func (t *Tree) finishGroup(g *group) {
	if g.phase != tornDown || len(g.channels) > 0 {
		return
	}
	s := t.sessions[g.target.Parent()]
	delete(s.groups, g.target)
	s.order = slices.DeleteFunc(s.order, func(o bridge.Target) bool { return o == g.target })
	t.finish(g.target, &g.ending, bridge.GroupDisposed, nil)
	t.finishSession(s)
}

func (t *Tree) finishSession(s *session) {
	if s.phase != tornDown || len(s.groups) > 0 || t.sessions[s.target] != s {
		return
	}
	delete(t.sessions, s.target)
	t.finish(s.target, &s.ending, bridge.SessionDisposed, bridge.Disposed{Reason: s.reason})
	t.settle()
}

func (t *Tree) finish(target bridge.Target, e *ending, disposed bridge.Name, body any) {
	if e.wasOpen {
		t.asks.emit(Publish{Message: eventAt(&t.asks, disposed, target, body)})
	}
	for _, p := range e.waiting {
		t.asks.succeed(p, nil)
	}
}
