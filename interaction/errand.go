package interaction

import "tieline/bridge"

// errand is a verb that takes several steps, or moves calls away: one at a time of an interaction.
type errand struct {
	*ask
	what    string   // for whoever wants something else meanwhile
	consult *consult // of a consult
	ending  bool     // the step that ends it has been taken
}

// order is what the telephone system was told to do about a call and has not answered yet: one at a time of a call.
type order struct {
	what command
	asks []*ask              // hold or retrieve requests that it answers
	last bool                // the errand ends when it is obeyed
	then func(*bridge.Error) // what comes next; nil: nothing
}

// command is what an order is about; it says so to whoever wants something else meanwhile.
type command string

const (
	holding    command = "The call is being held"
	retrieving command = "The call is being retrieved"
	moving     command = "The call is being passed on"
	meeting    command = "The calls are being brought together"
)

// underWay tells what an interaction is busy with; nil: nothing.
func (i *interaction) underWay() *bridge.Error {
	what := ""
	for _, v := range i.legs() {
		if v.order != nil {
			what = string(v.order.what)
		}
	}
	if i.errand != nil && !i.errand.ending {
		what = i.errand.what
	}
	if what == "" {
		return nil
	}
	return &bridge.Error{Code: bridge.InvalidState, Retryable: true, Message: what + "; try again when that is done."}
}

// order tells the telephone system to do something about a call.
func (c *Channel) order(v *conversation, e Effect, o order) {
	v.order = &o
	c.asks.emit(e)
}

// take takes the order off a call that one of the commands has given and that is answered now; nil: there is none.
func (v *conversation) take(commands ...command) *order {
	for _, what := range commands {
		if o := v.order; o != nil && o.what == what {
			v.order = nil
			if o.last && v.in.errand != nil {
				v.in.errand.ending = true
			}
			return o
		}
	}
	return nil
}

// obeyed does what waited for the answer to an order; e is why it could not be carried out.
func (c *Channel) obeyed(o *order, e *bridge.Error) {
	if o == nil {
		return
	}
	for _, p := range o.asks {
		c.answer(p, e)
	}
	if o.then != nil {
		o.then(e)
	}
}

// disobeyed: the call has ended, and with it the order.
func (c *Channel) disobeyed(v *conversation) {
	if o := v.order; o != nil {
		v.order = nil
		for _, p := range o.asks {
			c.asks.fail(p, bridge.Cancelled.Error("The call ended before the request had an outcome."))
		}
	}
}

// answer ends a request that has nothing else to say.
func (c *Channel) answer(p *ask, e *bridge.Error) {
	if e != nil {
		c.asks.fail(p, e)
		return
	}
	c.asks.succeed(p, nil)
}

// done ends the errand of an interaction.
func (c *Channel) done(i *interaction, e *bridge.Error) {
	p := i.errand.ask
	i.errand = nil
	c.answer(p, e)
}

// abandon ends an errand that can no longer succeed. What the telephone system was told goes on: when it is
// answered, the agent is connected with the call that is left. A consult call that is just being stored is
// answered when its fate is known.
func (c *Channel) abandon(i *interaction, e *bridge.Error) {
	was := i.errand
	if was == nil {
		return
	}
	i.errand = nil
	for _, v := range i.legs() {
		if v.order != nil && v.order.then != nil {
			v.order.then = c.afterAbandon(v)
		}
	}
	switch d := was.consult; {
	case d == nil:
	case d.ref != 0:
		return
	case d.call != "":
		c.asks.emit(HangUp{d.call})
	}
	c.leaveConsult(was.consult)
	c.asks.fail(was.ask, e)
}

// afterAbandon is what comes behind an order whose errand was abandoned. A call that was passed on nevertheless is gone, and
// one that was made a conference is one.
func (c *Channel) afterAbandon(v *conversation) func(*bridge.Error) {
	o := v.order
	return func(e *bridge.Error) {
		switch {
		case o.what == moving && e == nil:
			c.overWith(v, bridge.End{ReleasedBy: bridge.ByAgent}, nil)
			c.next()
		case o.what == meeting && e == nil:
			c.meet(v)
		case len(o.asks) == 0: // nobody else wanted the call to be held
			c.back(v.in)
		}
	}
}
