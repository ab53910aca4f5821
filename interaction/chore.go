package interaction

import (
	"slices"

	"tieline/bridge"
)

// chore is work that the tree has channels do on behalf of a request: a group's activation, a
// session's logout. The request is answered when the last channel has done its part, or at the
// first error.
type chore struct {
	ask *ask
	// next are the channels that were not told yet, now those that have not done their part.
	next []bridge.Target
	now  []bridge.Target
	what Input
}

// activateGroup activates channel by channel; the first error stops it and is the answer
// (protocol.md §6).
func (t *Tree) activateGroup(p *ask) {
	t.start(&chore{ask: p, next: slices.Clone(t.group(p.Message.Target).order), what: Activate{}}, 1)
}

// logout has all channels of a session log off; it is answered when the last one has
// (protocol.md §5).
func (t *Tree) logout(p *ask) {
	c := &chore{ask: p, what: LogOff{}}
	s := t.sessions[p.Message.Target]
	for _, group := range s.order {
		c.next = append(c.next, s.groups[group].order...)
	}
	t.start(c, len(c.next))
}

// start tells the first n channels.
func (t *Tree) start(c *chore, n int) {
	t.chores = append(t.chores, c)
	for range n {
		t.tellNext(c)
	}
	t.settleChore(c)
}

func (t *Tree) tellNext(c *chore) {
	if len(c.next) == 0 {
		return
	}
	target := c.next[0]
	c.next = c.next[1:]
	if t.leaf(target) == nil {
		t.tellNext(c)
		return
	}
	c.now = append(c.now, target)
	t.asks.emit(Tell{target, c.what})
}

// channelDid takes a channel's part of a chore as done; a channel that is gone has nothing more
// to do. Chores of one channel are done in the order in which it was told.
func (t *Tree) channelDid(channel bridge.Target, e *bridge.Error) {
	i := slices.IndexFunc(t.chores, func(c *chore) bool { return slices.Contains(c.now, channel) })
	if i < 0 {
		return
	}
	c := t.chores[i]
	c.now = slices.DeleteFunc(c.now, func(o bridge.Target) bool { return o == channel })
	if e != nil {
		t.endChore(c)
		t.asks.fail(c.ask, e)
		return
	}
	t.tellNext(c)
	t.settleChore(c)
}

func (t *Tree) settleChore(c *chore) {
	if len(c.now) == 0 && len(c.next) == 0 {
		t.endChore(c)
		t.asks.succeed(c.ask, nil)
	}
}

func (t *Tree) endChore(c *chore) {
	t.chores = slices.DeleteFunc(t.chores, func(o *chore) bool { return o == c })
	t.release(c.ask.Message.Target)
}
