package interaction

import (
	"slices"
	"time"

	"tieline/bridge"
)

// dial is a channel.request.dial without an answer yet (protocol.md §7.4).
//
//	state    | input             | effects, in order                                   | next
//	queued   | is first in line  | CHANNEL_BUSY, or PlaceCall                           | calling
//	calling  | progress          | publish interactionadded (DIALING)                   | adding
//	calling  | answered          | publish interactionadded (DIALING), then STARTED     | adding
//	calling  | failed            | FAILURE with the error                               | –
//	adding   | stored            | SUCCESS                                              | –
//	adding   | refused           | hang up, FAILURE INTERNAL, no interaction            | –
//	adding   | progress/answered/failed/ended | the interaction goes on; SUCCESS still waits | adding
//	any      | dispose           | hang up, FAILURE CANCELLED                           | –
//
// With success-on answer, progress in calling is only remembered.
type dial struct {
	*ask
	to       Destination
	request  bridge.Dial
	deadline time.Time

	call        string       // set when calling
	alerting    bool         // remembered for the conversation
	interaction *interaction // set when adding
	ref         uint64       // of interactionadded, while adding
}

// dial validates the request and puts it in line: concurrent dials on one channel are taken
// in arrival order.
func (c *Channel) dial(p *ask) *bridge.Error {
	d := &dial{ask: p}
	if c.draining {
		return shuttingDown()
	}
	if err := bridge.DecodeBody(p.Message, &d.request); err != nil {
		return invalidBody(err)
	}
	if e := c.checkDial(d); e != nil {
		return e
	}
	if len(c.dials) == 0 && c.full() {
		return channelBusy()
	}
	c.dials = append(c.dials, d)
	c.next()
	return nil
}

func (c *Channel) checkDial(d *dial) *bridge.Error {
	if d.request.Destination == "" {
		return bridge.InvalidMessage.Error(`The message is invalid: body key "destination" is missing.`)
	}
	var e *bridge.Error
	if d.to, e = c.settings.Destination(d.request.Destination); e != nil {
		return e
	}
	if e := c.checkCaller(d.request); e != nil {
		return e
	}
	if e := checkData(d.request.Data); e != nil {
		return e
	}
	return c.timeout(d)
}

// timeout sets the deadline: the request's own, capped by the group's.
func (c *Channel) timeout(d *dial) *bridge.Error {
	limit := c.settings.MaxTimeout
	if ms := d.request.Timeout; ms != nil {
		const most = int64(24 * time.Hour / time.Millisecond)
		if *ms <= 0 || *ms > most {
			return bridge.InvalidMessage.Error(`The message is invalid: body key "timeout" must be between 1 and 86400000 milliseconds.`)
		}
		asked := time.Duration(*ms) * time.Millisecond
		if limit == 0 || asked < limit {
			limit = asked
		}
	}
	if limit > 0 {
		d.deadline = d.Arrived.Add(limit)
	}
	return nil
}

// next takes the first dial in line, unless one is under way.
func (c *Channel) next() {
	for len(c.dials) > 0 && c.dials[0].call == "" {
		d := c.dials[0]
		switch {
		case c.full():
			c.leave(d)
			c.asks.fail(d.ask, channelBusy())
		case c.draining:
			c.leave(d)
			c.asks.fail(d.ask, shuttingDown())
		case d.late(c.asks.now):
			c.leave(d)
			c.asks.fail(d.ask, lateForTurn())
		default:
			c.asks.emit(PlaceCall{c.place(d)})
		}
	}
}

// place says whom to call.
func (c *Channel) place(d *dial) Call {
	d.call = c.settings.NewID()
	return Call{
		ID: d.call, Line: c.line(), Destination: d.to, CallerID: d.request.CallerID, Headers: d.request.Headers, Deadline: d.deadline,
		TraceParent: d.Message.TraceParent,
	}
}

// late tells whether the time for the call is over.
func (d *dial) late(now time.Time) bool { return !d.deadline.IsZero() && !now.Before(d.deadline) }

func (c *Channel) leave(d *dial) {
	c.dials = slices.DeleteFunc(c.dials, func(o *dial) bool { return o == d })
}

// full tells whether the channel has its maximum of live interactions.
func (c *Channel) full() bool { return c.live() >= c.settings.MaxInteractions }

func (c *Channel) live() int {
	live := 0
	for _, i := range c.interactions {
		if i.live() {
			live++
		}
	}
	return live
}

func channelBusy() *bridge.Error {
	return &bridge.Error{Code: bridge.ChannelBusy, Retryable: true, Message: "The channel already has its maximum of calls."}
}

// calling returns the dial whose call this is, or nil.
func (c *Channel) calling(call string) *dial {
	for _, d := range c.dials {
		if d.call == call && call != "" {
			return d
		}
	}
	return nil
}

func (c *Channel) progress(in CallProgress) {
	if d := c.calling(in.Call); d != nil && d.interaction == nil {
		d.alerting = d.alerting || in.Alerted
		if c.settings.SuccessOnAnswer {
			return
		}
		c.add(d)
	}
	if d := c.consulting(in.Call); d != nil {
		d.alerting = d.alerting || in.Alerted
		switch {
		case c.settings.SuccessOnAnswer:
		case d.alerting:
			c.addConsult(d, bridge.ConvAlerting)
		default:
			c.addConsult(d, bridge.ConvDialing)
		}
		return
	}
	if v := c.byCall(in.Call); v != nil && in.Alerted {
		c.alerting(v)
	}
}

func (c *Channel) answered(in CallAnswered) {
	if d := c.calling(in.Call); d != nil && d.interaction == nil {
		c.add(d)
	}
	if d := c.consulting(in.Call); d != nil {
		c.addConsult(d, bridge.ConvConnected)
		return
	}
	if v := c.byCall(in.Call); v != nil {
		c.start(v)
		c.learn(v.in, in.Data)
	}
}

// add makes the interaction and publishes it. SUCCESS waits until the stream has it.
func (c *Channel) add(d *dial) {
	target := c.target.Child(c.settings.NewID())
	i := &interaction{
		destination: destination{target: target, trace: d.Message.TraceParent}, current: bridge.Dialing,
		direction: bridge.Outbound, data: dataOrEmpty(d.request.Data),
	}
	i.primary = &conversation{
		destination: destination{target: target.Child(c.settings.NewID()), trace: i.trace}, in: i, call: d.call,
		role: rolePrimary, direction: bridge.Outbound, current: bridge.ConvDialing, remote: bridge.Party{Number: d.to.Number},
	}
	if d.alerting {
		i.primary.current = bridge.ConvAlerting
	}
	d.interaction, d.ref = i, c.record(i, d.Message.RequestID)
}

// record publishes a new interaction of the channel and returns the ref under which its fate is
// told. requestID is the dial's, if it is one's.
func (c *Channel) record(i *interaction, requestID string) uint64 {
	c.interactions = append(c.interactions, i)
	c.refs++
	m := eventAt(&c.asks, bridge.ChannelInteractionAdded, c.target, bridge.InteractionAdded{
		Interaction: i.target.ID(), Type: c.ref.Type, Direction: i.direction, State: i.current,
		RequestID: requestID, Remote: i.primary.remote, Conversations: i.conversations(),
	})
	m.TraceParent = i.trace
	c.asks.emit(Publish{Ref: c.refs, Message: m})
	return c.refs
}

// stored: the interaction is on the stream, so the dial may be answered.
func (c *Channel) stored(ref uint64) {
	if d := c.addingConsult(ref); d != nil {
		c.consultStored(d)
		return
	}
	d := c.adding(ref)
	if d == nil {
		c.offerStored(ref)
		return
	}
	c.leave(d)
	c.asks.succeed(d.ask, bridge.Dialled{Interaction: d.interaction.target.ID()})
	c.next()
}

// refused: without the event there is no interaction and no SUCCESS.
func (c *Channel) refused(ref uint64) {
	if d := c.addingConsult(ref); d != nil {
		c.consultRefused(d)
		return
	}
	d := c.adding(ref)
	if d == nil {
		c.offerRefused(ref)
		return
	}
	c.leave(d)
	if d.interaction.live() {
		c.hangUp(d.interaction.primary)
	}
	c.interactions = slices.DeleteFunc(c.interactions, func(i *interaction) bool { return i == d.interaction })
	c.asks.fail(d.ask, &bridge.Error{Code: bridge.Internal, Retryable: true, Message: "The call could not be recorded and was released."})
	c.next()
}

// recording tells whether the event of an interaction or a consult conversation is on its way to the stream. Until its
// fate is known nothing new is taken: no answer may show what the stream then refuses.
func (c *Channel) recording() bool {
	return slices.ContainsFunc(c.consults, func(d *consult) bool { return d.ref != 0 }) ||
		slices.ContainsFunc(c.dials, func(d *dial) bool { return d.interaction != nil }) ||
		slices.ContainsFunc(c.interactions, func(i *interaction) bool { return i.ref != 0 })
}

func (c *Channel) adding(ref uint64) *dial {
	for _, d := range c.dials {
		if d.ref == ref && ref != 0 {
			return d
		}
	}
	return nil
}

// callOver: the call failed, or an answered one is over.
func (c *Channel) callOver(call string, end bridge.End) {
	if d := c.calling(call); d != nil && d.interaction == nil {
		c.leave(d)
		c.asks.fail(d.ask, endedUnanswered(end))
		c.next()
		return
	}
	if d := c.consulting(call); d != nil {
		c.consultFailed(d, endedUnanswered(end))
		return
	}
	switch v := c.byCall(call); {
	case v == nil:
	case v.in.undecided():
		v.over = &end
	default:
		c.overWith(v, end, nil)
		c.next()
	}
}

// endedUnanswered is the error of a call that ended before it was answered.
func endedUnanswered(end bridge.End) *bridge.Error {
	if end.Error != nil {
		return end.Error
	}
	return &bridge.Error{Code: bridge.Unavailable, Retryable: true, Message: "The call ended before it was answered."}
}

func failedWith(e *bridge.Error) bridge.End { return bridge.End{Error: orUnknown(e)} }
