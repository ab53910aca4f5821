package interaction

import (
	"slices"
	"time"

	"tieline/bridge"
)

// What a channel does because its time has come: calls that wait for their turn, and wrap-up.

// Deadline implements Machine.
func (c *Channel) Deadline() time.Time {
	var next time.Time
	earliest := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, i := range c.interactions {
		earliest(c.completesAt(i))
	}
	for _, d := range c.dials {
		if d.call == "" {
			earliest(d.deadline)
		}
	}
	for _, d := range c.consults {
		if d.call == "" {
			earliest(d.deadline)
		}
	}
	return next
}

// due does what its time has come for.
func (c *Channel) due() {
	c.completeDue()
	for _, d := range slices.Clone(c.dials) {
		if d.call == "" && d.late(c.asks.now) {
			c.leave(d)
			c.asks.fail(d.ask, lateForTurn())
		}
	}
	for _, d := range slices.Clone(c.consults) {
		if d.call == "" && d.late(c.asks.now) {
			c.abandon(d.in, lateForTurn())
		}
	}
}

func lateForTurn() *bridge.Error {
	return &bridge.Error{Code: bridge.Unavailable, Retryable: true, Message: "The time for the call was over before its turn came."}
}

// completesAt is when an ENDED interaction is completed without being asked; zero: never.
func (c *Channel) completesAt(i *interaction) time.Time {
	wait := c.settings.WrapUp
	if wait == 0 {
		wait = c.settings.WrapUpLimit
	}
	if i.live() || wait == 0 || c.beingAdded(i) {
		return time.Time{}
	}
	return i.endedAt.Add(wait)
}

func (c *Channel) beingAdded(i *interaction) bool {
	return i.ref != 0 || slices.ContainsFunc(c.dials, func(d *dial) bool { return d.interaction == i })
}

// mostEnded is how many ENDED interactions a channel keeps for a bridge that does not complete them: the answer to
// its init lists them all, and has to fit into a message.
const mostEnded = 100

// completeDue completes what its time has come for, and the oldest of too many.
func (c *Channel) completeDue() {
	tooMany := len(c.interactions) - c.live() - mostEnded
	for _, i := range slices.Clone(c.interactions) {
		if i.live() || c.beingAdded(i) {
			continue
		}
		if at := c.completesAt(i); tooMany > 0 || !at.IsZero() && !c.asks.now.Before(at) {
			c.complete(i, nil)
			tooMany--
		}
	}
}
