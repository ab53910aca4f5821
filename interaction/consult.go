package interaction

import (
	"slices"

	"tieline/bridge"
)

// consult is an interaction.request.consult without an answer yet (protocol.md §8): the agent holds the primary call and
// calls somebody else. The order of events and answer is that of a dial (§7.4).
//
//	state    | input                       | effects, in order                                     | next
//	STARTED  | consult, the agent holds    | PlaceCall                                             | calling
//	STARTED  | consult                     | hold the primary call                                 | holding
//	holding  | held by the agent           | conversation.held, PlaceCall                          | calling
//	holding  | failed                      | FAILURE with the error                                | STARTED
//	holding  | its time is over            | FAILURE UNAVAILABLE; held then: retrieve              | STARTED
//	calling  | progress, answered          | publish interaction.conversationadded                 | adding
//	calling  | failed                      | FAILURE with the error, retrieve the primary call     | STARTED
//	calling, holding | the primary call ends | conversation.ended, hang up, FAILURE CANCELLED, interaction.ended | ENDED
//	adding   | stored                      | SUCCESS                                               | STARTED, with a consult conversation
//	adding   | refused                     | hang up, FAILURE INTERNAL, retrieve the primary call  | STARTED
//	adding   | either call ends            | –, has its effects when the stream has decided        | adding
//	any      | tear down                   | conversation.ended, hang up, FAILURE CANCELLED (adding: as stored or refused) | –
//
// With success-on answer, progress in calling is only remembered. What becomes of the consult conversation is in
// conversation.go.
type consult struct {
	dial
	in *interaction
	v  *conversation // set when adding
}

func (c *Channel) consult(p *ask, i *interaction) *bridge.Error {
	if e := c.mayConsult(i); e != nil {
		return e
	}
	var body bridge.Consult
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	d := &consult{in: i, dial: dial{ask: p, request: bridge.Dial{
		Destination: body.Destination, CallerID: body.CallerID, Timeout: body.Timeout, Headers: body.Headers,
	}}}
	if e := c.checkDial(&d.dial); e != nil {
		return e
	}
	c.consults = append(c.consults, d)
	i.errand = &errand{ask: p, what: "A consult call is being set up", consult: d}
	if i.primary.holds(bridge.AgentSide) {
		c.placeConsult(d)
		return nil
	}
	c.order(i.primary, HoldCall{i.primary.call}, order{what: holding, then: func(e *bridge.Error) {
		if e != nil {
			c.consultFailed(d, e)
			return
		}
		c.placeConsult(d)
	}})
	return nil
}

func (c *Channel) placeConsult(d *consult) {
	switch {
	case c.draining:
		c.consultFailed(d, shuttingDown())
	case d.late(c.asks.now):
		c.consultFailed(d, lateForTurn())
	default:
		call := c.place(&d.dial)
		call.Beside = d.in.primary.call
		c.asks.emit(PlaceCall{call})
	}
}

// consulting returns the consult whose call this is and that has no conversation yet, or nil.
func (c *Channel) consulting(call string) *consult {
	for _, d := range c.consults {
		if d.call == call && call != "" && d.v == nil {
			return d
		}
	}
	return nil
}

// addConsult makes the conversation and publishes it. SUCCESS waits until the stream has it.
func (c *Channel) addConsult(d *consult, state bridge.ConversationState) {
	i := d.in
	d.v = &conversation{
		destination: destination{target: i.target.Child(c.settings.NewID()), trace: d.Message.TraceParent}, in: i, call: d.call,
		role: roleConsult, direction: bridge.Outbound, current: state, remote: bridge.Party{Number: d.to.Number},
	}
	i.consult = d.v
	c.refs++
	d.ref = c.refs
	m := eventAt(&c.asks, bridge.InteractionConversationAdded, i.target, bridge.ConversationAdded{
		Conversation: d.v.target.ID(), Role: d.v.role, State: state, RequestID: d.Message.RequestID, Remote: d.v.remote,
	})
	m.TraceParent = d.v.trace
	c.asks.emit(Publish{Ref: d.ref, Message: m})
}

func (c *Channel) addingConsult(ref uint64) *consult {
	for _, d := range c.consults {
		if d.ref == ref && ref != 0 {
			return d
		}
	}
	return nil
}

// consultStored: the conversation is on the stream, so the consult may be answered. What has ended meanwhile has
// ended now.
func (c *Channel) consultStored(d *consult) {
	c.leaveConsult(d)
	c.asks.succeed(d.ask, bridge.Consulted{Conversation: d.v.target.ID()})
	if !d.in.live() {
		return
	}
	d.in.errand = nil
	for _, v := range d.in.legs() {
		if v.over != nil {
			c.overWith(v, *v.over, nil)
		}
	}
	c.next()
}

// consultRefused: without the event there is no conversation and no SUCCESS.
func (c *Channel) consultRefused(d *consult) {
	i, lives := d.in, d.in.live()
	if lives {
		c.hangUp(d.v)
		d.v.phase, i.consult = tornDown, nil
	}
	c.consultFailed(d, &bridge.Error{Code: bridge.Internal, Retryable: true, Message: "The consult call could not be recorded and was released."})
	if lives && i.primary.over != nil {
		c.overWith(i.primary, *i.primary.over, nil)
		c.next()
	}
}

// consultFailed: FAILURE means that no conversation was added; the agent is connected with the primary call again.
func (c *Channel) consultFailed(d *consult, e *bridge.Error) {
	c.leaveConsult(d)
	c.asks.fail(d.ask, e)
	if d.in.live() {
		d.in.errand = nil
		c.back(d.in)
	}
}

func (c *Channel) leaveConsult(d *consult) {
	c.consults = slices.DeleteFunc(c.consults, func(o *consult) bool { return o == d })
}

// undecided tells whether the stream has not decided yet about a conversation of the interaction.
func (i *interaction) undecided() bool {
	return i.errand != nil && i.errand.consult != nil && i.errand.consult.ref != 0
}
