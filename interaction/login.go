package interaction

import "tieline/bridge"

// Log-in state of a channel (protocol.md §7): an end-point is active in one channel at a time, and
// the others see it as unavailable. The tree decides who has it (endpoint.go). Where the group says so, it is registered at
// the telephone system as well (register.go).
//
//	state       | input       | effects, in order                              | next
//	INACTIVE    | activate    | LogIn to the tree                              | INACTIVE, asked
//	… asked     | logged in   | channel.activated, answers                     | ACTIVE
//	… asked     | refused     | FAILURE INVALID_STATE                          | as told by taken
//	… asked     | dispose     | FAILURE CANCELLED; logged in then: LogOut      | –
//	… asked     | any other   | –, has its turn after the decision             | INACTIVE, asked
//	ACTIVE      | activate    | SUCCESS                                        | ACTIVE
//	ACTIVE      | deactivate  | LeaveLine, channel.deactivated, SUCCESS, LogOut to the tree | INACTIVE
//	other       | deactivate  | SUCCESS                                        | the same
//	UNAVAILABLE | activate    | FAILURE INVALID_STATE                          | UNAVAILABLE
//	INACTIVE    | taken       | channel.unavailable                            | UNAVAILABLE
//	UNAVAILABLE | free        | channel.available                              | INACTIVE

// activate answers p once it is decided. p is nil when the group asks, which is told by
// ChannelDid.
func (c *Channel) activate(p *ask) {
	switch {
	case c.login == bridge.LoginActive:
		c.did(p, nil)
	case c.login == bridge.LoginUnavailable:
		c.did(p, endPointTaken())
	case c.registering():
		c.registration.waiting = append(c.registration.waiting, p)
	default:
		c.activating = append(c.activating, p)
		c.asks.emit(Report{LogIn{c.target, c.ref.EndPoint}})
	}
}

func (c *Channel) loggedIn() {
	if len(c.activating) == 0 {
		c.asks.emit(Report{LogOut{c.target, c.ref.EndPoint}}) // nobody wants it any more
		return
	}
	if c.settings.Register {
		waiting := c.activating
		c.activating = nil
		c.register(waiting)
		return
	}
	c.login = bridge.LoginActive
	c.event(&c.asks, bridge.ChannelActivated, nil)
	c.activated(nil)
}

// activated tells everybody who waits for the decision.
func (c *Channel) activated(e *bridge.Error) {
	waiting := c.activating
	c.activating = nil
	for _, p := range waiting {
		c.did(p, e)
	}
}

// did answers a request, or the tree.
func (c *Channel) did(p *ask, e *bridge.Error) {
	switch {
	case p == nil:
		c.asks.emit(Report{ChannelDid{c.target, e}})
	case e != nil:
		c.asks.fail(p, e)
	default:
		c.asks.succeed(p, nil)
	}
}

func (c *Channel) deactivate(p *ask) {
	active := c.login == bridge.LoginActive
	holds := active || c.registering()
	if active {
		c.leaveLine()
	}
	c.unregister()
	if active {
		c.login = bridge.LoginInactive
		c.event(&c.asks, bridge.ChannelDeactivated, nil)
	}
	c.answerRegistering(cancelled())
	if p != nil {
		c.asks.succeed(p, nil)
	}
	if holds {
		c.asks.emit(Report{LogOut{c.target, c.ref.EndPoint}})
	}
}

func (c *Channel) taken() {
	if c.login == bridge.LoginInactive {
		c.login = bridge.LoginUnavailable
		c.event(&c.asks, bridge.ChannelUnavailable, nil)
	}
}

func (c *Channel) free() {
	if c.login == bridge.LoginUnavailable {
		c.login = bridge.LoginInactive
		c.event(&c.asks, bridge.ChannelAvailable, nil)
	}
}

// activateForGroup is one step of the group's activation. An unsupported channel has nothing to
// log in and is passed over (§7.3).
func (c *Channel) activateForGroup() {
	switch {
	case c.ref.Type != bridge.Telephony:
		c.did(nil, nil)
	case c.phase == setUp:
		c.did(nil, bridge.NotInitialized.Error("A channel of the group has not been initialized: send its init query first."))
	case c.phase == tornDown:
		c.did(nil, cancelled())
	default:
		c.activate(nil)
	}
}

// logOff is the channel's part of a logout: ready off, calls released unless the group keeps
// them, the end-point logged out (protocol.md §5).
func (c *Channel) logOff() {
	if c.phase != tornDown {
		c.unready("logout")
		c.endAll(isAlerting) // nobody is there any more to take them
		if !c.settings.KeepCallsAtLogout {
			c.releaseAll()
		}
		if c.login != bridge.LoginActive { // who is active leaves with it
			c.leaveLine()
		}
		c.deactivate(nil)
	}
	c.did(nil, nil)
}

// leaveLine tells the telephone system that the agent is gone: its station is not kept for another call.
func (c *Channel) leaveLine() {
	if c.settings.Station && c.ref.Type == bridge.Telephony {
		c.asks.emit(LeaveLine{c.line()})
	}
}

func endPointTaken() *bridge.Error {
	return &bridge.Error{Code: bridge.InvalidState, Retryable: true, Message: "The channel is UNAVAILABLE: another agent is logged in at its end-point."}
}
