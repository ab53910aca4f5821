package interaction

import (
	"slices"

	"tieline/bridge"
)

// dispose tears the channel down, leaves first (§3.4): calls released, pending requests
// answered CANCELLED, then channel.disposed, then the answer as the channel's last word.
// A request whose fate is still being written (its claim, or its interaction's event) is
// waited for: its answer must be true.
func (c *Channel) dispose(p *ask) {
	if !c.begin(&c.destination, p, "") {
		return
	}
	c.endAll(anyState)
	for _, i := range c.interactions {
		i.event(&c.asks, bridge.InteractionDisposed, nil)
	}
	c.interactions = nil
	c.cancelDials()
	c.leaveLine()
	c.unregister()
	c.activated(cancelled())
	c.answerRegistering(cancelled())
}

// releaseAll ends every call of the channel, and the dials that have no outcome yet.
func (c *Channel) releaseAll() {
	c.endAll(anyState)
	c.cancelDials()
}

// endAll hangs up the calls of the live interactions whose state fits.
func (c *Channel) endAll(fits func(bridge.InteractionState) bool) {
	for _, i := range c.interactions {
		if i.live() && fits(i.current) {
			for _, v := range i.legs() {
				c.hangUp(v)
			}
			c.end(i, bridge.End{ReleasedBy: bridge.BySystem})
		}
	}
}

func anyState(bridge.InteractionState) bool { return true }

func isAlerting(s bridge.InteractionState) bool { return s == bridge.Alerting }

// cancelDials ends the dials whose interaction was not added yet.
func (c *Channel) cancelDials() {
	for _, d := range slices.Clone(c.dials) {
		if d.interaction != nil {
			continue
		}
		if d.call != "" {
			c.asks.emit(HangUp{d.call})
		}
		c.leave(d)
		c.asks.fail(d.ask, cancelled())
	}
}

// finish ends the tear down once nothing is pending but the disposes themselves.
func (c *Channel) finish() {
	if c.phase != tornDown || c.gone || len(c.dials) > 0 || len(c.asks.line) > 0 || len(c.asks.pending) > len(c.waiting) {
		return
	}
	c.gone = true
	c.asks.emit(Gone{})
	if c.wasOpen {
		c.asks.emit(Publish{Message: eventAt(&c.asks, bridge.ChannelDisposed, c.target, nil)})
	}
	for _, p := range c.waiting {
		c.asks.succeed(p, nil)
	}
}

func cancelled() *bridge.Error {
	return bridge.Cancelled.Error("The channel was closed, or its agent left, before the request had an outcome.")
}
