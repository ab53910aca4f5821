package interaction

import "tieline/bridge"

// Transfers (protocol.md §8, §9): the agent leaves, and the remote party talks with somebody else. A request is answered
// when the outcome is known.
//
//	state            | input           | effects, in order                                              | next
//	both established | consulttransfer | connect the calls                                              | moving
//	established, no consult call | transfer | transfer the call                                         | moving
//	moving           | moved           | conversation.ended (of both), SUCCESS, interaction.ended       | ENDED
//	moving           | failed          | FAILURE with the error                                         | as before
//	moving           | a call ends     | conversation.ended, FAILURE CANCELLED, and as in conversation.go | –
//	other            | either          | FAILURE INVALID_STATE                                          | the same

func (c *Channel) consultTransfer(p *ask, i *interaction) *bridge.Error {
	if e := c.mayConsultTransfer(i); e != nil {
		return e
	}
	c.move(p, i, "The calls are being transferred", moving, ConnectCalls{i.primary.call, i.consult.call}, c.transferred)
	return nil
}

func (c *Channel) transfer(p *ask, v *conversation) *bridge.Error {
	if e := c.mayTransfer(v); e != nil {
		return e
	}
	to, e := c.callee(p)
	if e != nil {
		return e
	}
	c.move(p, v.in, "The call is being transferred", moving, TransferCall{v.call, to}, c.transferred)
	return nil
}

// callee is whom a transfer or a conference without asking first calls.
func (c *Channel) callee(p *ask) (Call, *bridge.Error) {
	var body bridge.Callee
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return Call{}, invalidBody(err)
	}
	d := &dial{ask: p, request: bridge.Dial{Destination: body.Destination}}
	if e := c.checkDial(d); e != nil {
		return Call{}, e
	}
	return c.place(d), nil
}

// move has the telephone system pass the primary call on, or bring it together with others. moved is what becomes of
// the interaction, and answers p.
func (c *Channel) move(p *ask, i *interaction, what string, how command, e Effect, moved func(*ask, *interaction)) {
	i.errand = &errand{ask: p, what: what}
	c.order(i.primary, e, order{what: how, then: func(e *bridge.Error) {
		if e != nil {
			c.done(i, e)
			return
		}
		i.errand = nil
		moved(p, i)
	}})
}

// transferred: the agent has left.
func (c *Channel) transferred(p *ask, i *interaction) {
	end := bridge.End{ReleasedBy: bridge.ByAgent}
	for _, v := range i.legs() {
		c.endConversation(v, end)
	}
	c.asks.succeed(p, nil)
	c.endInteraction(i, end)
	c.next()
}
