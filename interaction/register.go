package interaction

import (
	"slices"

	"tieline/bridge"
)

// registration is an end-point's at the telephone system's registrar, in a group that logs in so: from the moment when the
// tree has given the end-point to the channel until it is given back. Log-in state INACTIVE with a registration is that
// of an end-point that is being registered, or whose registration is lost; the telephone system tries on.
//
//	state       | input             | effects, in order                                                  | next
//	INACTIVE    | logged in         | RegisterEndPoint                                                   | registering
//	registering | activate          | –, is answered with the others                                     | registering
//	registering | registered        | channel.activated, answers                                         | ACTIVE
//	registering | not registered    | UnregisterEndPoint, FAILURE, LogOut to the tree                    | INACTIVE
//	registering | deactivate        | UnregisterEndPoint, FAILURE CANCELLED, SUCCESS, LogOut to the tree | INACTIVE
//	ACTIVE      | not registered    | channel.deactivated with the error                                 | registering
//	ACTIVE      | … and never again | channel.deactivated, UnregisterEndPoint, LogOut to the tree        | INACTIVE
//	ACTIVE      | deactivate        | as without, and UnregisterEndPoint                                 | INACTIVE
//
// In state registering nobody need be waiting: then failures are no news, and registered is told as channel.activated.
type registration struct {
	id      string // of the RegisterEndPoint in force; empty: there is none
	waiting []*ask // who wants to know what becomes of it; nil stands for the group
}

// register begins it on behalf of those who wait.
func (c *Channel) register(waiting []*ask) {
	c.registration = registration{id: c.settings.NewID(), waiting: waiting}
	c.asks.emit(RegisterEndPoint{c.registration.id, c.line()})
}

// registering tells whether the end-point is the channel's, but not yet, or no longer, registered.
func (c *Channel) registering() bool {
	return c.registration.id != "" && c.login != bridge.LoginActive
}

func (c *Channel) endPointRegistered(in EndPointRegistered) {
	if c.registration.id == "" || in.ID != c.registration.id {
		return
	}
	if c.login != bridge.LoginActive {
		c.login = bridge.LoginActive
		c.event(&c.asks, bridge.ChannelActivated, nil)
	}
	c.answerRegistering(nil)
}

func (c *Channel) endPointLost(in EndPointLost) {
	if c.registration.id == "" || in.ID != c.registration.id {
		return
	}
	wanted := len(c.registration.waiting) > 0
	if c.login == bridge.LoginActive {
		c.login = bridge.LoginInactive
		c.event(&c.asks, bridge.ChannelDeactivated, bridge.Deactivated{Error: in.Error})
	}
	if !wanted && in.Error.Retryable {
		return
	}
	c.unregister()
	c.answerRegistering(in.Error)
	c.asks.emit(Report{LogOut{c.target, c.ref.EndPoint}})
}

// unregister ends it, if there is one.
func (c *Channel) unregister() {
	if c.registration.id != "" {
		c.asks.emit(UnregisterEndPoint{c.registration.id})
		c.registration.id = ""
	}
}

// answerRegistering tells everybody who waits.
func (c *Channel) answerRegistering(e *bridge.Error) {
	waiting := slices.Clone(c.registration.waiting)
	c.registration.waiting = nil
	for _, p := range waiting {
		c.did(p, e)
	}
}
