package interaction

import (
	"slices"

	"tieline/bridge"
)

// An inbound call (protocol.md §7.5), from the offer to its answer. The caller hears that the agent
// is alerted only once the stream has the interaction.
//
//	state     | input                    | effects, in order                                      | next
//	–         | offered, not active or not ready | refuse unavailable                             | –
//	–         | offered at the maximum   | refuse busy                                            | –
//	–         | offered                  | take, publish interactionadded (ALERTING)              | adding
//	adding    | stored                   | ring                                                   | ALERTING
//	adding    | refused                  | refuse, no interaction                                 | –
//	adding    | caller gives up          | –, the interaction is ENDED when the stream has it     | adding
//	ALERTING  | first init               | answer to it, interaction.alerting                     | ALERTING
//	ALERTING  | accept, answer           | answer the call                                        | answering
//	ALERTING  | reject                   | refuse, conversation.ended, interaction.ended, SUCCESS | ENDED
//	ALERTING  | release                  | hang up, conversation.ended, SUCCESS, interaction.ended | ENDED
//	ALERTING  | caller gives up          | conversation.ended, interaction.ended (CANCELLED)      | ENDED
//	answering | accept, answer           | –, waits for the same answer                           | answering
//	answering | answered                 | conversation.connected, interaction.started, SUCCESS   | STARTED
//	answering | the station fails        | FAILURE with the error for all                         | ALERTING
//	ALERTING  | answered (at the phone)  | conversation.connected, interaction.started            | STARTED
//	answering | caller gives up          | conversation.ended, FAILURE CANCELLED, interaction.ended | ENDED
//	answering | reject, release          | hang up, the same as above with CANCELLED for accept   | ENDED
//
// answering is still ALERTING for the bridge: the caller may not know yet that we answered.

// offered decides about a call for the channel's end-point.
func (c *Channel) offered(in CallOffered) {
	switch {
	case c.phase != inUse, c.login != bridge.LoginActive, !c.ready:
		c.asks.emit(RefuseCall{in.Call, RefusedUnavailable})
	case c.live()+c.underWay() >= c.settings.MaxInteractions:
		c.asks.emit(RefuseCall{in.Call, RefusedBusy})
	default:
		c.asks.emit(TakeCall{in.Call, c.line()})
		c.addInbound(in)
	}
}

// afterwards refuses a call that was offered to a channel that is gone.
func afterwards(in Input) []Effect {
	if offer, ok := in.(CallOffered); ok {
		return []Effect{RefuseCall{offer.Call, RefusedUnavailable}}
	}
	return nil
}

// underWay counts the dials that may become interactions: their places are taken.
func (c *Channel) underWay() int {
	n := 0
	for _, d := range c.dials {
		if d.call != "" && d.interaction == nil {
			n++
		}
	}
	return n
}

func (c *Channel) addInbound(in CallOffered) {
	target := c.target.Child(c.settings.NewID())
	i := &interaction{
		destination: destination{target: target, trace: in.TraceParent}, current: bridge.Alerting,
		direction: bridge.Inbound, data: dataOrEmpty(in.Data),
	}
	i.primary = &conversation{
		destination: destination{target: target.Child(c.settings.NewID()), trace: i.trace}, in: i, call: in.Call,
		role: rolePrimary, direction: bridge.Inbound, current: bridge.ConvAlerting, remote: in.Remote,
	}
	i.ref = c.record(i, "")
}

// offerStored: the stream has the interaction, so the caller may hear that it rings.
func (c *Channel) offerStored(ref uint64) {
	if i := c.offering(ref); i != nil {
		i.ref = 0
		if i.live() {
			c.asks.emit(RingCall{i.primary.call})
		}
	}
}

// offerRefused: without the event there is no interaction, and nobody who could answer.
func (c *Channel) offerRefused(ref uint64) {
	if i := c.offering(ref); i != nil {
		if i.live() {
			c.asks.emit(RefuseCall{i.primary.call, RefusedFault})
		}
		c.interactions = slices.DeleteFunc(c.interactions, func(o *interaction) bool { return o == i })
		c.next()
	}
}

func (c *Channel) offering(ref uint64) *interaction {
	for _, i := range c.interactions {
		if i.ref == ref && ref != 0 {
			return i
		}
	}
	return nil
}

// announce raises interaction.alerting behind the answer to an alerting interaction's first init: from
// then on it can be accepted.
func (c *Channel) announce(target bridge.Target) {
	for _, i := range c.interactions {
		if i.target == target && i.phase == inUse && i.current == bridge.Alerting && !i.announced {
			i.announced = true
			c.changed(i, bridge.InteractionAlerting, nil)
		}
	}
}

// accept answers the call of an alerting interaction; the request is answered when the caller knows.
func (c *Channel) accept(p *ask, i *interaction) *bridge.Error {
	if e := i.mayAccept(); e != nil {
		return e
	}
	if len(i.answering) == 0 {
		c.asks.emit(AnswerCall{i.primary.call})
	}
	i.answering = append(i.answering, p)
	return nil
}

// accepted: the caller knows that the call is answered.
func (c *Channel) accepted(i *interaction) {
	for _, p := range i.answering {
		c.asks.succeed(p, nil)
	}
	i.answering = nil
}

// answerFailed: the station did not take the call. The caller still waits, and it may be tried again.
func (c *Channel) answerFailed(in AnswerFailed) {
	if v := c.byCall(in.Call); v != nil {
		c.refuseAnswers(v.in, orUnknown(in.Error))
	}
}

// unanswered: the call ended while it was being answered.
func (c *Channel) unanswered(i *interaction, end bridge.End) {
	e := end.Error
	if e == nil {
		e = bridge.Cancelled.Error("The call ended before it was answered.")
	}
	c.refuseAnswers(i, e)
}

func (c *Channel) refuseAnswers(i *interaction, e *bridge.Error) {
	for _, p := range i.answering {
		c.asks.fail(p, e)
	}
	i.answering = nil
}

// reject turns the caller away. A call that is being answered is hung up instead: it is too late
// for a refusal.
func (c *Channel) reject(p *ask, i *interaction) *bridge.Error {
	var body bridge.Reject
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	as := RefusedDeclined
	switch body.Reason {
	case bridge.RejectBusy:
		as = RefusedBusy
	case bridge.RejectDecline, "":
	default:
		return bridge.InvalidMessage.Error(`The message is invalid: body key "reason" must be busy or decline.`)
	}
	if e := i.mayReject(); e != nil {
		return e
	}
	if len(i.answering) > 0 {
		c.hangUp(i.primary)
	} else {
		c.asks.emit(RefuseCall{i.primary.call, as})
	}
	c.end(i, bridge.End{ReleasedBy: bridge.ByAgent})
	c.asks.succeed(p, nil)
	c.next()
	return nil
}

// offered routes a call to the channel that is logged in at its end-point.
func (t *Tree) offered(in CallOffered) {
	e := t.endPoints[in.EndPoint]
	switch {
	case t.draining:
		t.asks.emit(RefuseCall{in.Call, RefusedDraining})
	case e == nil:
		t.asks.emit(RefuseCall{in.Call, RefusedUnknown})
	case e.holder == "":
		t.asks.emit(RefuseCall{in.Call, RefusedUnavailable})
	default:
		t.asks.emit(Tell{e.holder, in})
	}
}
