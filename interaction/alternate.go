package interaction

import "tieline/bridge"

// Alternate (protocol.md §8): the agent holds the call it is connected with and is connected with the other one.
//
//	state               | input    | effects, in order                                       | next
//	both established    | alternate | hold the one call                                      | holding
//	holding             | held     | conversation.held, retrieve the other                   | retrieving
//	holding             | failed   | FAILURE with the error                                  | as before
//	retrieving          | retrieved | conversation.retrieved, SUCCESS                        | alternated
//	retrieving          | failed   | retrieve the first again                                | returning
//	returning           | retrieved | conversation.retrieved, FAILURE with the first error   | as before
//	returning           | failed   | FAILURE with the first error                            | both are held
//	any                 | a call ends | conversation.ended, FAILURE CANCELLED, and as in conversation.go | –
//	other               | alternate | FAILURE INVALID_STATE                                  | the same

func (c *Channel) alternate(p *ask, i *interaction) *bridge.Error {
	if e := c.mayAlternate(i); e != nil {
		return e
	}
	from, to := i.primary, i.consult
	if from.holds(bridge.AgentSide) {
		from, to = to, from
	}
	i.errand = &errand{ask: p, what: "The calls are being alternated"}
	c.order(from, HoldCall{from.call}, order{what: holding, then: func(e *bridge.Error) {
		if e != nil {
			c.done(i, e)
			return
		}
		c.alternateTo(i, from, to)
	}})
	return nil
}

func (c *Channel) alternateTo(i *interaction, from, to *conversation) {
	c.order(to, RetrieveCall{to.call}, order{what: retrieving, last: true, then: func(e *bridge.Error) {
		if e == nil {
			c.done(i, nil)
			return
		}
		c.order(from, RetrieveCall{from.call}, order{what: retrieving, last: true, then: func(*bridge.Error) { c.done(i, e) }})
	}})
}
