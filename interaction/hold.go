package interaction

import (
	"slices"

	"tieline/bridge"
)

// Hold and retrieve (protocol.md §9). Either side may hold; the conversation is HELD while at least one does. The
// agent holds by a request or by its phone.
//
//	state                              | input             | effects, in order                        | next
//	CONNECTED, HELD by the remote only | hold              | hold the call                            | … holding
//	… holding                          | hold              | –, waits for the same answer             | … holding
//	… holding                          | held by the agent | conversation.held, SUCCESS for all       | HELD
//	… holding                          | failed            | FAILURE with the error for all           | as before
//	HELD by the agent                  | retrieve          | retrieve the call                        | … retrieving
//	… retrieving                       | retrieve          | –, waits for the same answer             | … retrieving
//	… retrieving                       | retrieved by the agent | conversation.retrieved, SUCCESS for all | CONNECTED, or HELD by the remote
//	… retrieving                       | failed            | FAILURE with the error for all           | as before
//	CONNECTED, HELD                    | held by a side that did not | conversation.held              | HELD
//	HELD                               | retrieved by a side that held | conversation.retrieved       | CONNECTED, or HELD by the other
//	any                                | the call ends     | conversation.ended, FAILURE CANCELLED    | –
//	other                              | hold, retrieve    | FAILURE INVALID_STATE                    | the same

func (c *Channel) hold(p *ask, v *conversation) *bridge.Error {
	if e := c.mayHold(v); e != nil {
		return e
	}
	if v.order != nil {
		v.order.asks = append(v.order.asks, p)
		return nil
	}
	c.order(v, HoldCall{v.call}, order{what: holding, asks: []*ask{p}})
	return nil
}

func (c *Channel) retrieve(p *ask, v *conversation) *bridge.Error {
	if e := c.mayRetrieve(v); e != nil {
		return e
	}
	if v.order != nil {
		v.order.asks = append(v.order.asks, p)
		return nil
	}
	c.order(v, RetrieveCall{v.call}, order{what: retrieving, asks: []*ask{p}})
	return nil
}

// back connects the agent with the call that is left when the other one is gone. If that fails it stays HELD.
func (c *Channel) back(i *interaction) {
	v := i.primary
	if v == nil || i.consult != nil || i.errand != nil || v.order != nil || v.over != nil || !v.holds(bridge.AgentSide) || c.talking(v) {
		return
	}
	c.order(v, RetrieveCall{v.call}, order{what: retrieving})
}

func (c *Channel) callHeld(in CallHeld) {
	v := c.byCall(in.Call)
	if v == nil || !v.established() {
		return
	}
	var o *order
	if in.By == bridge.AgentSide {
		o = v.take(holding)
	}
	if !v.holds(in.By) {
		v.heldBy = slices.Sorted(slices.Values(append(slices.Clone(v.heldBy), in.By)))
		v.current = bridge.ConvHeld
		c.legChanged(v, bridge.ConversationHeld, nil)
	}
	c.obeyed(o, nil)
}

func (c *Channel) callRetrieved(in CallRetrieved) {
	v := c.byCall(in.Call)
	if v == nil || !v.established() {
		return
	}
	var o *order
	if in.By == bridge.AgentSide {
		o = v.take(retrieving)
	}
	if v.holds(in.By) {
		v.heldBy = slices.DeleteFunc(slices.Clone(v.heldBy), func(s bridge.Side) bool { return s == in.By })
		c.letGo(v)
	}
	c.obeyed(o, nil)
}

// letGo: one side no longer holds, or neither.
func (c *Channel) letGo(v *conversation) {
	if len(v.heldBy) == 0 {
		v.heldBy, v.current = nil, bridge.ConvConnected
	}
	c.legChanged(v, bridge.ConversationRetrieved, nil)
}

func (c *Channel) holdFailed(in HoldFailed) {
	if v := c.byCall(in.Call); v != nil {
		c.obeyed(v.take(holding, retrieving), orUnknown(in.Error))
	}
}

// callMoved answers the verbs that move calls away or together.
func (c *Channel) callMoved(in CallMoved) {
	if v := c.byCall(in.Call); v != nil {
		c.obeyed(v.take(moving, meeting), in.Error)
	}
}

func orUnknown(e *bridge.Error) *bridge.Error {
	if e == nil {
		return &bridge.Error{Code: bridge.Internal, Message: "The call failed for an unknown reason."}
	}
	return e
}
